import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { AppError } from '../../errors.ts'
import { databaseUrlOf } from './database-url.ts'
import { ensureDatabase } from './ensure-database.ts'
import { openCluster } from './open-cluster.ts'
import { runPostmaster } from './run-postmaster.ts'
import { withStartLock } from './start-lock.ts'
import { stopPostmaster } from './stop-postmaster.ts'

const ATTEMPTS = 20
const OPERATOR_INTERVENTION = '57'

export interface PostgresOptions {
  /** Our data folder; the cluster is `postgres` in it, or a link to where its account can reach it. */
  dataDir: string
  log: (message: string) => void
  /** Further settings of the server, such as `fsync: 'off'` for tests. */
  settings?: Record<string, string>
}

export interface EmbeddedPostgres {
  /** For `connectionString` of pg: a Unix socket, with the password in it, so never to be logged. */
  databaseUrl: string
  /** Whether it was running before this call, and so may serve others as well. */
  adopted: boolean
  /** Ends the server, adopted or not, and with it everybody's connections. */
  stop(): Promise<void>
}

/**
 * Starts the PostgreSQL of a data folder, making its cluster at first, or adopts the one that runs there already.
 * Fails with SERVER_UNAVAILABLE or INTERNAL_ERROR.
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir)
  try {
    return await withStartLock(dataDir, () => start(dataDir, options))
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new AppError('SERVER_UNAVAILABLE', `The embedded PostgreSQL in ${dataDir} cannot be started: ${reason}`, {
      hint: 'Mend what is named: make room, or give this user a folder to write to (SCRUM4ME_DATA_DIR). Or set DATABASE_URL.',
      cause,
    })
  }
}

async function start(dataDir: string, { log, settings = {} }: PostgresOptions): Promise<EmbeddedPostgres> {
  const cluster = await openCluster(dataDir, { log, sync: settings.fsync !== 'off' })
  for (let attempt = 1; ; attempt++) {
    const server = await runPostmaster(cluster, { log, settings })
    const databaseUrl = await databaseUrlOf(cluster, server)
    try {
      await ensureDatabase(databaseUrl)
      return { databaseUrl, adopted: server.adopted, stop: () => stopPostmaster(server.pid, cluster.data) }
    } catch (cause) {
      // Nobody else would ever stop a server that only this call knows of.
      if (!server.adopted) await stopPostmaster(server.pid, cluster.data)
      if (!server.adopted || attempt === ATTEMPTS || !isGoodbye(cause)) throw cause
      await sleep(100)
    }
  }
}

/** A server that looked ready may have been told to end, or be dying, just when we adopt it. */
function isGoodbye(cause: unknown): boolean {
  return !(cause instanceof pg.DatabaseError) || cause.code?.startsWith(OPERATOR_INTERVENTION) === true
}
