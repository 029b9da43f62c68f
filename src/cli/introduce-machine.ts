import { hostname, userInfo } from 'node:os'
import type { Config } from '../config.ts'
import { BadToken } from '../server/flows/authenticate.ts'
import { ensureOwner, issueMachineTokens } from '../server/flows/ensure-owner.ts'
import type { RunningServer } from '../server/open-server.ts'
import { saveConfig } from './save-config.ts'

/**
 * Writes into the configuration where the server is, and tokens for this machine unless it has good ones. Returns the
 * agents' token.
 */
export async function introduceMachine(config: Config, server: RunningServer, url: string): Promise<string> {
  const owner = await ensureOwner(server, userInfo().username)
  const known = (await isGood(server, config.token)) && (await isGood(server, config.personToken))
  const tokens = known ? null : await issueMachineTokens(server, owner.id, hostname())
  await saveConfig(config.configFile, {
    url,
    ...(tokens && { token: tokens.agentToken, personToken: tokens.personToken }),
  })
  return tokens?.agentToken ?? config.token ?? ''
}

/** Whether a token of the configuration is good on this database, which may be a new one. */
async function isGood(server: RunningServer, token: string | null): Promise<boolean> {
  try {
    await server.checkToken(token ?? '')
    return true
  } catch (error) {
    if (error instanceof BadToken) return false
    throw error
  }
}
