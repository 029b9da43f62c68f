import { createRouterClient } from '@orpc/server'
import pg from 'pg'
import type { Logger } from 'pino'
import type { ApiClient } from '../contract/client.ts'
import { createRouter } from './api/router.ts'
import { createAnnouncer } from './dispatcher/announcer.ts'
import { createDispatcher } from './dispatcher/dispatcher.ts'
import { userOfOpening } from './dispatcher/parse-change.ts'
import { repeatEvery } from './dispatcher/repeat-every.ts'
import { claimForWaiters } from './flows/claim-for-waiters.ts'
import { reapStaleJobs } from './flows/reap-stale-jobs.ts'
import { releaseJobs } from './flows/release-jobs.ts'
import { DEFAULT_SETTINGS, type Server, type ServerSettings } from './flows/server-context.ts'
import { isUnreachable, toAppError } from './store/database-error.ts'
import { listen } from './store/listen.ts'
import { migrate } from './store/migrate.ts'
import { notify } from './store/notify.ts'

export interface ServerOptions {
  databaseUrl: string
  version: string
  log: Logger
  settings?: Partial<ServerSettings>
  poolSize?: number
  pollMs?: number
  /** Between two rounds of the reaper; 0 leaves the rounds to the caller. */
  reapEveryMs?: number
}

export interface RunningServer extends Server {
  /** The api as the bearer of a token sees it, in this process. */
  client(token: string): ApiClient
  close(): Promise<void>
}

/** Opens the server's half on a database: schema up to date, one LISTEN connection, dispatcher, reaper, api. */
export async function openServer(options: ServerOptions): Promise<RunningServer> {
  const { log, databaseUrl } = options
  const connection = { connectionString: databaseUrl, application_name: 'scrum4me' }
  const pool = new pg.Pool({ ...connection, max: options.poolSize ?? 10 })
  pool.on('error', error => log.warn({ err: error }, 'an idle database connection was lost'))
  await migrate(pool).catch(async (error: unknown) => {
    await pool.end()
    throw toAppError(error)
  })

  const server = assemble(pool, options)
  const stopListening = listen({
    connection,
    onPayload: payload => {
      const userId = userOfOpening(payload)
      if (userId) server.dispatcher.ring(userId)
    },
    onListening: () => server.dispatcher.ring(null),
    onError: error => log.warn({ err: error }, 'the LISTEN connection was lost; it is made again'),
  })
  const reapEveryMs = options.reapEveryMs ?? 10_000
  const stopReaping = repeatEvery(
    reapEveryMs,
    () => reapStaleJobs(server),
    error => log.error({ err: error }, 'the reaper failed; it tries again'),
  )

  const router = createRouter(server)
  return {
    ...server,
    client: token => createRouterClient(router, { context: { token } }),
    async close() {
      server.dispatcher.close()
      await stopReaping()
      await server.announcer.flush()
      await stopListening()
      await pool.end()
    },
  }
}

function assemble(pool: pg.Pool, options: ServerOptions): Server {
  const { log } = options
  const settings = { ...DEFAULT_SETTINGS, version: options.version, ...options.settings }
  const announcer = createAnnouncer(
    payloads => notify(pool, payloads),
    error => log.warn({ err: error }, 'a notification was not sent; the poll finds what it told of'),
  )
  const dispatcher = createDispatcher({
    claim: (scope, claimants) => claimForWaiters(pool, scope, claimants, settings.offerSeconds),
    release: jobs => releaseJobs({ pool, announcer }, jobs),
    pollMs: options.pollMs ?? 3_000,
    isPassing: isUnreachable,
    onError: error => log.warn({ err: error }, 'a look for jobs failed'),
  })
  return { pool, announcer, dispatcher, settings, log }
}
