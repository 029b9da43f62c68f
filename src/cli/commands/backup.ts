import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { defineCommand } from 'citty'
import { sizeOf } from '../../domain/size.ts'
import { backupsFolder } from '../../server/backup/backup-files.ts'
import { type BackupSummary, listBackups } from '../../server/backup/list-backups.ts'
import { restoreBackup } from '../../server/backup/restore-backup.ts'
import { restoreEmbedded } from '../../server/backup/restore-embedded.ts'
import { saveDatabase } from '../../server/backup/save-database.ts'
import { withPool } from '../../server/store/with-pool.ts'
import { loadConfig } from '../load-config.ts'
import { fields, JSON_ARG, print, table } from '../print.ts'
import type { Terminal } from '../terminal.ts'
import { withDatabase } from '../with-database.ts'

/** `backup create|list|restore`, on the machine of the server. */
export function backupCommand(terminal: Terminal) {
  return defineCommand({
    meta: { name: 'backup', description: 'Save the database, and bring it back' },
    subCommands: { create: createCommand(terminal), list: listCommand(terminal), restore: restoreCommand(terminal) },
  })
}

function createCommand(terminal: Terminal) {
  return defineCommand({
    meta: { name: 'create', description: 'Save the whole database; the server may run meanwhile' },
    args: JSON_ARG,
    run: async ({ args }) => {
      const config = await loadConfig(terminal)
      const wish = { folder: backupsFolder(config.dataDir), reason: 'by-hand', version: terminal.version }
      const path = await withDatabase(terminal, config, { make: false }, ({ url }) =>
        withPool(url, pool => saveDatabase(pool, wish)),
      )
      print(terminal, args.json, { path }, () => [`Saved: ${path}`])
    },
  })
}

function listCommand(terminal: Terminal) {
  return defineCommand({
    meta: { name: 'list', description: 'List backups, newest first' },
    args: JSON_ARG,
    run: async ({ args }) => {
      const { dataDir } = await loadConfig(terminal)
      const backups = (await listBackups(backupsFolder(dataDir))).map(toRow)
      print(terminal, args.json, backups, found =>
        found.length === 0
          ? ['There is no backup yet. Make one: scrum4me backup create']
          : table(
              ['MADE', 'BY', 'REASON', 'SIZE', 'PATH'],
              found.map(({ made_at, made_by, reason, bytes, path }) => [made_at, made_by, reason, sizeOf(bytes), path]),
            ),
      )
    },
  })
}

function restoreCommand(terminal: Terminal) {
  return defineCommand({
    meta: { name: 'restore', description: 'Bring a backup back; the server must be stopped' },
    args: {
      file: { type: 'positional', description: 'Its path, or its name in the list', required: true },
      ...JSON_ARG,
    },
    run: async ({ args }) => {
      const config = await loadConfig(terminal)
      const folder = backupsFolder(config.dataDir)
      const wish = { folder, path: await findBackup(folder, args.file), version: terminal.version }
      const { head, saved } = await withDatabase(terminal, config, { make: true }, async ({ url, embedded }) =>
        embedded
          ? restoreEmbedded(url, wish)
          : { head: await withPool(url, pool => restoreBackup(pool, wish)), saved: null },
      )
      const answer = { restored: wish.path, made_at: head.made_at, made_by: head.made_by, 'saved before': saved }
      print(terminal, args.json, answer, fields)
    },
  })
}

function toRow({ path, bytes, head }: BackupSummary) {
  const { made_at, made_by, reason } = head ?? { made_at: null, made_by: null, reason: 'cannot be read' }
  return { path, bytes, made_at, made_by, reason }
}

async function findBackup(folder: string, word: string): Promise<string> {
  const inFolder = join(folder, word)
  const isThere = await access(inFolder).then(
    () => true,
    () => false,
  )
  return isThere ? inFolder : word
}
