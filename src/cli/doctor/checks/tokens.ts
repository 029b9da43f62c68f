import type { Config } from '../../../config.ts'
import type { TokenView } from '../../../contract/token.ts'
import { AGENT_SCOPES, TOKEN_SCOPES, type TokenScope } from '../../../domain/permissions.ts'
import { fromApi } from '../../../host/flows/api-error.ts'
import { type Check, type Finding, ok, trouble, warning } from '../check.ts'
import type { Patient } from '../patient.ts'

const RENEW = 'Start `scrum4me up` again: it writes good ones. For a server elsewhere: `scrum4me token create` there.'
const REPLACE = 'Put a good one there: scrum4me token create. Without it, the one of the configuration is taken.'
const SOON_MS = 7 * 24 * 60 * 60 * 1000

export const tokens: Check = {
  name: 'tokens',
  run: async patient => {
    const { config, terminal } = patient
    if (config instanceof Error || !(config.serverUrl || config.databaseUrl)) return []
    if (terminal.env.SCRUM4ME_TOKEN)
      return look(patient, {
        who: 'this shell (SCRUM4ME_TOKEN)',
        token: config.token,
        needed: ['read'],
        remedy: REPLACE,
      })
    const wanted = wantedTokens(config)
    return (await Promise.all(wanted.map(one => look(patient, one)))).flat()
  },
}

interface Wanted {
  who: string
  token: string | null
  needed: readonly TokenScope[]
  remedy?: string
  isAgents?: boolean
}

function wantedTokens({ token, personToken }: Config): Wanted[] {
  return [
    { who: 'agents', token, needed: AGENT_SCOPES, isAgents: true },
    { who: 'commands', token: personToken, needed: TOKEN_SCOPES },
  ]
}

async function look(
  { api, limit }: Patient,
  { who, token, needed, isAgents, remedy = RENEW }: Wanted,
): Promise<Finding[]> {
  if (token === null) return [trouble(`There is no token for ${who}.`, remedy)]
  const client = await api(token)
  if (client instanceof Error) return []
  try {
    const found = await client.tokens.current(undefined, { signal: limit() })
    return [judge(who, found, needed, remedy), ...(isAgents ? tooMuch(found) : [])]
  } catch (error) {
    if (fromApi(error).code !== 'PERMISSION_DENIED') return []
    return [trouble(`The token for ${who} is unknown, expired or revoked.`, remedy)]
  }
}

function judge(
  who: string,
  { name, scopes, expires_at }: TokenView,
  needed: readonly TokenScope[],
  remedy: string,
): Finding {
  const what = `The token for ${who}, "${name}", may ${scopes.join(', ')}.`
  const missing = needed.filter(scope => !scopes.includes(scope))
  if (missing.length > 0) return warning(`${what} It lacks ${missing.join(', ')}.`, remedy)
  if (expires_at && Date.parse(expires_at) - Date.now() < SOON_MS)
    return warning(`${what} It ends at ${expires_at}.`, remedy)
  return ok(what)
}

function tooMuch({ scopes }: TokenView): Finding[] {
  if (!scopes.includes('person')) return []
  const remedy = `Make one without: scrum4me token create --name agents --scopes ${AGENT_SCOPES.join(',')}`
  return [warning('With the scope "person" an agent can approve its own work.', remedy)]
}
