import type { Config } from '../config.ts'
import type { ApiClient } from '../contract/client.ts'
import { AppError } from '../errors.ts'
import { patientApi } from '../host/remote/patient-api.ts'
import { remoteApi } from '../host/remote/remote-api.ts'
import { loadConfig } from './load-config.ts'
import type { Terminal } from './terminal.ts'

/** For an agent: a server or a database that is being restarted is back within four; a wait for a job is more patient by itself. */
export const AGENT_RETRIES = 4

/** The api for a token, and what to call when it is no longer needed. */
export interface OpenApi {
  api: ApiClient
  close(): Promise<void>
}

/**
 * The api of the server that is configured: over HTTP, or on DATABASE_URL by the server's half in this process.
 * SERVER_UNAVAILABLE says how to get one.
 */
export async function openApi(
  terminal: Terminal,
  config: Config,
  token: string | null,
  { retries, ...options }: { retries: number; reapEveryMs?: number },
): Promise<OpenApi> {
  const { serverUrl, databaseUrl } = config
  if (serverUrl) {
    const api = remoteApi({ url: serverUrl, token: token ?? '', version: terminal.version, retries })
    return { api, close: async () => undefined }
  }
  if (!databaseUrl) throw notStarted()
  // The server's half takes long to load, and most commands do without it.
  const { openConfiguredServer } = await import('./configured-server.ts')
  const server = await openConfiguredServer(terminal, config, databaseUrl, options)
  return { api: patientApi(server.client(token ?? ''), retries), close: () => server.close() }
}

/** Runs a person's command with the api, on the token for commands, and closes it afterwards. */
export async function withApi<T>(terminal: Terminal, work: (api: ApiClient) => Promise<T>): Promise<T> {
  const config = await loadConfig(terminal)
  const { api, close } = await openApi(terminal, config, config.personToken, { retries: 0, reapEveryMs: 0 })
  try {
    return await work(api)
  } finally {
    await close()
  }
}

function notStarted(): AppError {
  return new AppError('SERVER_UNAVAILABLE', 'Scrum4Me has not been started on this machine yet.', {
    hint: 'Run `scrum4me up` (in a clone: npm start), or set SCRUM4ME_URL or DATABASE_URL.',
  })
}
