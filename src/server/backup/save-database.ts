import { borrowClient } from '../store/borrow-client.ts'
import type { Pool } from '../store/database.ts'
import { type BackupWish, writeBackup } from './write-backup.ts'

/** Writes a backup on a connection of its own; returns its path. */
export async function saveDatabase(pool: Pool, wish: BackupWish): Promise<string> {
  const { client, giveBack } = await borrowClient(pool)
  try {
    return await writeBackup(client, wish)
  } finally {
    giveBack({ end: true })
  }
}
