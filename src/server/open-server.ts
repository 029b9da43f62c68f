import { createRouterClient } from '@orpc/server'
import type pg from 'pg'
import type { Logger } from 'pino'
import type { ApiClient } from '../contract/client.ts'
import { createRouter } from './api/router.ts'
import { before } from './backup/backup-files.ts'
import { writeBackup } from './backup/write-backup.ts'
import { createAnnouncer } from './dispatcher/announcer.ts'
import { Bell } from './dispatcher/bell.ts'
import { createDispatcher } from './dispatcher/dispatcher.ts'
import { userOfOpening } from './dispatcher/parse-change.ts'
import { repeatEvery } from './dispatcher/repeat-every.ts'
import { authenticate } from './flows/authenticate.ts'
import { claimForWaiters } from './flows/claim-for-waiters.ts'
import { reapStaleJobs } from './flows/reap-stale-jobs.ts'
import { releaseJobs } from './flows/release-jobs.ts'
import { DEFAULT_SETTINGS, type Server, type ServerSettings, settingsFor } from './flows/server-context.ts'
import type { Backend } from './http/app.ts'
import { holdsRows } from './store/backup/list-tables.ts'
import { isUnreachable } from './store/database-error.ts'
import { adoptMovedEvents, forgetEvents } from './store/events/read-events.ts'
import { forgetKeys } from './store/idempotency/keys.ts'
import { listOpenHosts } from './store/jobs/list-open-hosts.ts'
import { listUsersWithWork } from './store/jobs/list-users-with-work.ts'
import { readOffers } from './store/jobs/read-offers.ts'
import { listen } from './store/listen.ts'
import { migrate } from './store/migrate.ts'
import { notify } from './store/notify.ts'
import { openPool } from './store/open-pool.ts'
import { readGauges } from './store/read-gauges.ts'
import { readServerVersion } from './store/read-server-version.ts'
import { withPool } from './store/with-pool.ts'

const HOUR_MS = 60 * 60 * 1000
const FORGETTING_MS = 10 * 60 * 1000
const DAY_SECONDS = 24 * 60 * 60
const EVENT_DAYS = 30

export interface ServerOptions {
  databaseUrl: string
  version: string
  log: Logger
  /** Where a database that is in use is saved before its schema changes. */
  backupsFolder: string
  settings?: Partial<ServerSettings>
  poolSize?: number
  pollMs?: number
  /** How long the database may leave a statement without an answer, in ms, before its connection counts as lost. */
  patienceMs?: number
  /** Between two looks whether the LISTEN connection still hears, in ms. */
  checkListeningMs?: number
  /** Between two rounds of the reaper; 0 leaves the rounds to the caller. */
  reapEveryMs?: number
}

/** What a caller in this process says of a call that it may repeat. */
interface Keyed {
  idempotencyKey?: string
}

export interface RunningServer extends Server, Backend {
  /** The api as the bearer of a token sees it, in this process. */
  client(token: string): ApiClient
  /** Ends waits for jobs and streams of events, whose callers ask again, or another server. */
  endWaits(): Promise<void>
  close(): Promise<void>
}

/** Opens the server's half on a database: schema up to date, one LISTEN connection, dispatcher, reaper, api. */
export async function openServer(options: ServerOptions): Promise<RunningServer> {
  const { log, databaseUrl } = options
  // A migration and the backup before it may take as long as they need.
  await withPool(databaseUrl, connections => prepare(connections, options))
  const patienceMs = options.patienceMs ?? 20_000
  const pool = openPool({ databaseUrl, size: options.poolSize ?? 10, patienceMs })
  pool.on('error', error => log.warn({ err: error }, 'an idle database connection was lost'))

  const server = assemble(pool, options)
  const stopListening = listen({
    databaseUrl,
    patienceMs,
    checkEveryMs: options.checkListeningMs ?? 15_000,
    onPayload: payload => {
      server.bell.ring()
      const userId = userOfOpening(payload)
      if (userId) server.dispatcher.ring(userId)
    },
    onListening: () => {
      server.bell.ring()
      server.dispatcher.ring(null)
    },
    onError: error => log.warn({ err: error }, 'the LISTEN connection was lost; it is made again'),
  })
  const reapEveryMs = options.reapEveryMs ?? 10_000
  const stopReaping = repeatEvery(
    reapEveryMs,
    () => reapStaleJobs(server),
    error => log.error({ err: error }, 'the reaper failed; it tries again'),
  )

  const stopForgetting = repeatEvery(
    HOUR_MS,
    () => withPool(databaseUrl, forget, FORGETTING_MS),
    error => log.warn({ err: error }, 'old keys and events could not be removed'),
  )

  const router = createRouter(server)
  const aliveSeconds = server.settings.hostAliveSeconds
  return {
    ...server,
    router,
    version: options.version,
    checkToken: token => authenticate(server, token),
    ping: async () => void (await readServerVersion(pool)),
    readGauges: async () => ({
      ...(await readGauges(pool, aliveSeconds)),
      waiters: server.dispatcher.waiting,
      connections: { total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount },
    }),
    client: token =>
      createRouterClient(router, { context: ({ idempotencyKey }: Keyed) => ({ token, idempotencyKey }) }),
    endWaits: async () => {
      server.bell.close()
      await server.dispatcher.close()
    },
    async close() {
      server.bell.close()
      await server.dispatcher.close()
      await Promise.all([stopReaping(), stopForgetting()])
      await server.announcer.flush()
      await stopListening()
      await pool.end()
    },
  }
}

async function forget(pool: pg.Pool): Promise<void> {
  await forgetKeys(pool, DAY_SECONDS)
  await forgetEvents(pool, EVENT_DAYS * DAY_SECONDS)
}

async function prepare(pool: pg.Pool, { version, log, backupsFolder }: ServerOptions): Promise<void> {
  await migrate(pool, {
    version,
    save: async (client, { tag }) => {
      if (!(await holdsRows(client))) return
      const path = await writeBackup(client, { folder: backupsFolder, reason: before(tag), version })
      log.info({ path }, 'the database was saved before its schema changes')
    },
  })
  await adoptMovedEvents(pool)
}

function assemble(pool: pg.Pool, options: ServerOptions): Server {
  const { log } = options
  const settings = settingsFor({ ...DEFAULT_SETTINGS, version: options.version, ...options.settings })
  const announcer = createAnnouncer(
    payloads => notify(pool, payloads),
    error => log.warn({ err: error }, 'a notification was not sent; the poll finds what it told of'),
  )
  const dispatcher = createDispatcher({
    claim: (scope, claimants, since) => claimForWaiters(pool, scope, claimants, settings.offerSeconds, since),
    openHosts: (scope, hostIds) => listOpenHosts(pool, { ...scope, hostIds }),
    usersWithWork: userIds => listUsersWithWork(pool, userIds),
    recall: workerIds => readOffers(pool, workerIds),
    release: jobs => releaseJobs({ pool, announcer }, jobs),
    pollMs: options.pollMs ?? 3_000,
    isPassing: isUnreachable,
    onError: error => log.warn({ err: error }, 'a look for jobs failed'),
  })
  return { pool, announcer, dispatcher, bell: new Bell(), settings, log }
}
