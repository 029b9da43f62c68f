import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../errors.ts'
import { listNames } from './backup-files.ts'
import type { Head } from './backup-format.ts'
import { readHead } from './read-backup.ts'

export interface BackupSummary {
  path: string
  bytes: number
  /** Null when the file cannot be read as a backup. */
  head: Head | null
}

/** The backups of a folder, newest first. */
export async function listBackups(folder: string): Promise<BackupSummary[]> {
  const names = (await listNames(folder)).reverse()
  return Promise.all(
    names.map(async name => {
      const path = join(folder, name)
      return { path, bytes: (await stat(path)).size, head: await headOf(path) }
    }),
  )
}

async function headOf(path: string): Promise<Head | null> {
  try {
    return await readHead(path)
  } catch (error) {
    if (error instanceof AppError) return null
    throw error
  }
}
