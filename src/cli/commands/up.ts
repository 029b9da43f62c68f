import { once } from 'node:events'
import { hostname, userInfo } from 'node:os'
import { defineCommand } from 'citty'
import type { Config } from '../../config.ts'
import { AppError } from '../../errors.ts'
import { ensureOwner, issueMachineTokens } from '../../server/flows/ensure-owner.ts'
import type { RunningServer } from '../../server/open-server.ts'
import { startPostgres } from '../../server/postgres/start-postgres.ts'
import { INSTALLATION_LOCK, withAdvisoryLock } from '../../server/store/with-advisory-lock.ts'
import { connectionLines } from '../connection-lines.ts'
import { createLog } from '../create-log.ts'
import { loadConfig } from '../load-config.ts'
import { saveConfig } from '../save-config.ts'
import { say, type Terminal } from '../terminal.ts'
import { openConfiguredServer } from '../with-server.ts'

/** `up`: the server on its embedded PostgreSQL (or on DATABASE_URL) until Ctrl-C, which stops everything cleanly. */
export function upCommand(terminal: Terminal) {
  return defineCommand({
    meta: { name: 'up', description: 'Start the server' },
    run: async () => {
      const config = await loadConfig(terminal)
      const database = await openDatabase(terminal, config)
      // An adopted PostgreSQL may be at the service of another one of us, until the lock says that there is none.
      let ours = !database.adopted
      const serving = async (server: RunningServer) => {
        ours = true
        return serve(terminal, config, server, database.databaseUrl)
      }
      try {
        await serveAlone(terminal, { ...config, databaseUrl: database.databaseUrl }, serving)
      } finally {
        if (ours) await database.stop()
      }
      say(terminal, 'Stopped. Nothing is lost: the next start finds everything again.')
    },
  })
}

/** On an embedded database there is one server per data folder; its lock ends with the process that holds it. */
async function serveAlone(
  terminal: Terminal,
  config: Config,
  serving: (server: RunningServer) => Promise<true>,
): Promise<void> {
  const server = await openConfiguredServer(terminal, config)
  const run = () => serving(server)
  const served = config.ownDatabase ? run() : withAdvisoryLock(server.pool, INSTALLATION_LOCK, run)
  if ((await served.finally(() => server.close())) === null) throw alreadyRunning(config)
}

async function openDatabase(terminal: Terminal, config: Config) {
  if (config.ownDatabase && config.databaseUrl)
    return { databaseUrl: config.databaseUrl, adopted: true, stop: async () => undefined }
  const log = createLog(terminal, config.logLevel)
  return startPostgres({ dataDir: config.dataDir, log: message => log.info(message) })
}

async function serve(terminal: Terminal, config: Config, server: RunningServer, databaseUrl: string): Promise<true> {
  const owner = await ensureOwner(server, userInfo().username)
  const known = config.token && config.personToken ? await knows(server, config.personToken) : false
  const tokens = known ? null : await issueMachineTokens(server, owner.id, hostname())
  await saveConfig(config.configFile, {
    // An own database stays where the user keeps it: in the environment.
    ...(!config.ownDatabase && { databaseUrl }),
    ...(tokens && { token: tokens.agentToken, personToken: tokens.personToken }),
  })
  const { database } = await server.client(tokens?.personToken ?? config.personToken ?? '').system.health()
  say(terminal, `Scrum4Me ${terminal.version} is running on ${database}. Ctrl-C stops it.\n`)
  for (const line of connectionLines(terminal)) say(terminal, line)
  if (!terminal.signal.aborted) await once(terminal.signal, 'abort')
  return true
}

function alreadyRunning({ dataDir }: Config): AppError {
  return new AppError('CONFLICT', `Scrum4Me is running already for the data folder ${dataDir}.`, {
    hint: 'Use that one, or set SCRUM4ME_DATA_DIR and XDG_CONFIG_HOME for another.',
  })
}

/** Whether a token of the configuration is good on this database, which may be a new one. */
async function knows(server: RunningServer, token: string): Promise<boolean> {
  try {
    await server.client(token).system.health()
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'PERMISSION_DENIED') return false
    throw error instanceof AppError
      ? error
      : new AppError('INTERNAL_ERROR', 'The server does not answer.', { cause: error })
  }
}
