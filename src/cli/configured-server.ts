import type { Config } from '../config.ts'
import { backupsFolder as backupsFolderOf } from '../server/backup/backup-files.ts'
import { openServer, type RunningServer } from '../server/open-server.ts'
import { createLog } from './create-log.ts'
import type { Terminal } from './terminal.ts'

/** Opens the server's half on a database, with the settings of the configuration. */
export async function openConfiguredServer(
  terminal: Terminal,
  config: Config,
  databaseUrl: string,
  options: { reapEveryMs?: number } = {},
): Promise<RunningServer> {
  const { leaseSeconds, logLevel } = config
  const log = createLog(terminal, logLevel)
  const settings = leaseSeconds ? { leaseSeconds } : {}
  const backupsFolder = backupsFolderOf(config.dataDir)
  return openServer({ databaseUrl, log, settings, backupsFolder, version: terminal.version, ...options })
}
