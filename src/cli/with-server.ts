import type { Config } from '../config.ts'
import type { ApiClient } from '../contract/client.ts'
import { AppError } from '../errors.ts'
import { openServer, type RunningServer } from '../server/open-server.ts'
import { createLog } from './create-log.ts'
import { loadConfig } from './load-config.ts'
import type { Terminal } from './terminal.ts'

/** Opens the server's half on the configured database; SERVER_UNAVAILABLE says how to get one. */
export async function openConfiguredServer(
  terminal: Terminal,
  config: Config,
  options: { reapEveryMs?: number } = {},
): Promise<RunningServer> {
  if (!config.databaseUrl) throw notStarted()
  const { databaseUrl, leaseSeconds, logLevel } = config
  const log = createLog(terminal, logLevel)
  const settings = leaseSeconds ? { leaseSeconds } : {}
  return openServer({ databaseUrl, log, settings, version: terminal.version, ...options })
}

/** Runs a person's command with the api, on the token for commands, and closes it afterwards. */
export async function withApi<T>(terminal: Terminal, work: (api: ApiClient) => Promise<T>): Promise<T> {
  const config = await loadConfig(terminal)
  const server = await openConfiguredServer(terminal, config, { reapEveryMs: 0 })
  try {
    return await work(server.client(config.personToken ?? ''))
  } finally {
    await server.close()
  }
}

function notStarted(): AppError {
  return new AppError('SERVER_UNAVAILABLE', 'Scrum4Me has not been started on this machine yet.', {
    hint: 'Run `scrum4me up` (in a clone: npm start), or set DATABASE_URL.',
  })
}
