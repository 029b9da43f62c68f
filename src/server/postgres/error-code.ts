/** Whether an error of Node or of PostgreSQL carries one of these codes. */
export function hasCode(cause: unknown, ...codes: string[]): boolean {
  return cause instanceof Error && 'code' in cause && codes.includes(String(cause.code))
}
