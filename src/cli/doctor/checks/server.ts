import { fromApi } from '../../../host/flows/api-error.ts'
import { type Check, ok, trouble, warning } from '../check.ts'

export const server: Check = {
  name: 'server',
  run: async ({ config, api, limit, terminal }) => {
    if (config instanceof Error) return []
    const place = config.serverUrl ?? 'DATABASE_URL'
    const client = await api(config.personToken)
    if (client instanceof Error) return [trouble(client.message, client.hint)]
    try {
      const { version, database, user } = await client.system.health(undefined, { signal: limit() })
      const what = `Scrum4Me ${version} on ${database} at ${place}, for ${user.name}`
      if (version === terminal.version) return [ok(what)]
      return [warning(`${what}; this is ${terminal.version}.`, 'Install the same version at both ends.')]
    } catch (error) {
      const { code, message, hint } = fromApi(error)
      // Whoever refuses a token is there.
      if (code === 'PERMISSION_DENIED') return [ok(`It answers at ${place}.`)]
      if (code === 'ABORTED') return [trouble(`Nothing came from ${place} within 10 s.`, 'Look into its log.')]
      return [trouble(message, hint)]
    }
  },
}
