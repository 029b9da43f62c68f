import { AppError } from '../errors.ts'

export const TOKEN_SCOPES = ['read', 'work', 'author', 'person'] as const
export type TokenScope = (typeof TOKEN_SCOPES)[number]

/** Whether a word is the name of a scope. */
export function isTokenScope(word: string): word is TokenScope {
  return TOKEN_SCOPES.some(scope => scope === word)
}

/** What an agent's token may do unless a person says otherwise: everything but a person's own decisions. */
export const AGENT_SCOPES = ['read', 'work', 'author'] as const satisfies readonly TokenScope[]

/** Who calls: a user through one token. `productIds` null means all products of the user. */
export interface Caller {
  tokenId: string
  userId: string
  scopes: readonly TokenScope[]
  productIds: readonly string[] | null
  isDemo: boolean
  /** Whose jobs it may hold: its user's; for a worker token, those of every member of its products. */
  worksFor: readonly string[]
}

/** Throws PERMISSION_DENIED unless the token has the scope; a demo account has none that changes anything. */
export function assertMay(caller: Caller, scope: TokenScope): void {
  if (!caller.scopes.includes(scope))
    throw new AppError('PERMISSION_DENIED', `This token lacks the scope "${scope}".`, {
      hint: `Create one that has it: scrum4me token create --scopes ${[...caller.scopes, scope].join(',')}`,
    })
  if (caller.isDemo && scope !== 'read')
    throw new AppError('PERMISSION_DENIED', 'A demo account can look at everything and change nothing.', {
      hint: 'Sign in with an account of your own.',
    })
}
