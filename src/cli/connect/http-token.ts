import { hostname } from 'node:os'
import { AGENT_SCOPES } from '../../domain/permissions.ts'
import { fromApi } from '../../host/flows/api-error.ts'
import { say, type Terminal } from '../terminal.ts'
import { withApi } from '../with-server.ts'

/** The token of ours in an entry, or null. */
export function tokenIn(entry: string | null): string | null {
  return /Bearer (s4m_[\w-]+)/.exec(entry ?? '')?.[1] ?? null
}

/** The id of a token that is good, or null. */
export async function findGoodToken(terminal: Terminal, token: string): Promise<string | null> {
  const bearer = { ...terminal, env: { ...terminal.env, SCRUM4ME_TOKEN: token } }
  try {
    return await withApi(bearer, async api => (await api.tokens.current()).id)
  } catch (error) {
    if (fromApi(error).code === 'PERMISSION_DENIED') return null
    throw error
  }
}

/** Makes an agent's token for one client on this machine. */
export async function makeToken(terminal: Terminal, client: string): Promise<string> {
  const wish = { name: `${client} on ${hostname()}`.slice(0, 100), scopes: [...AGENT_SCOPES] }
  return withApi(terminal, async api => (await api.tokens.create(wish)).token)
}

/** Ends a token that stands in no configuration any more; what cannot be done now is told. */
export async function retireToken(terminal: Terminal, token: string): Promise<void> {
  try {
    const id = await findGoodToken(terminal, token)
    if (id === null) return
    await withApi(terminal, api => api.tokens.revoke({ token_id: id }))
    say(terminal, 'The token that stood there is revoked.')
  } catch (error) {
    const { message } = fromApi(error)
    say(
      terminal,
      `The token that stood there is still good (${message}) End it with: scrum4me token list, token revoke.`,
    )
  }
}
