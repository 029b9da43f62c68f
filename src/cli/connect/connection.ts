/** The name that we have in every client's configuration. */
export const SERVER_NAME = 'scrum4me'

/** How a client reaches us. */
export type Connection =
  | { kind: 'stdio'; command: string; args: readonly string[]; env: Readonly<Record<string, string>> }
  | { kind: 'http'; url: string; authorization: string }
