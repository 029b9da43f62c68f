import { AGENT_SCOPES, TOKEN_SCOPES } from '../../domain/permissions.ts'
import { inTransaction } from '../store/in-transaction.ts'
import { newId } from '../store/new-id.ts'
import { insertUser, lockUsers, readFirstUser } from '../store/tokens/tokens.ts'
import { issueToken } from './authenticate.ts'
import type { Server } from './server-context.ts'

/** The person who owns this installation: the first one in the database, made when there is none yet, by one server. */
export async function ensureOwner(server: Server, name: string): Promise<{ id: string; name: string }> {
  const known = await readFirstUser(server.pool)
  if (known) return known
  return inTransaction(server.pool, async client => {
    await lockUsers(client)
    const other = await readFirstUser(client)
    if (other) return other
    const owner = { id: newId('user'), name }
    await insertUser(client, owner)
    return owner
  })
}

/** Two tokens for the owner's machine: one for agents, and one for the owner's own commands. */
export async function issueMachineTokens(server: Server, userId: string, machine: string) {
  const common = { userId, productIds: null, lifeSeconds: null }
  const agent = await issueToken(server, { ...common, name: `agents on ${machine}`, scopes: AGENT_SCOPES })
  const person = await issueToken(server, { ...common, name: `commands on ${machine}`, scopes: TOKEN_SCOPES })
  return { agentToken: agent.token, personToken: person.token }
}
