import { readdir, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type Healing, removeIfLeft } from './remove-if-left.ts'
import { isMissing, isThere } from './worktree-path.ts'
import { listRecords, markOfRecord, readPart } from './worktree-record.ts'

/**
 * Removes the records of worktrees of ours that a killed git has begun and not ended, over which others stumble; true when
 * something was mended. A person's are left alone.
 */
export async function mendRecords(healing: Healing, common: string): Promise<boolean> {
  let isMended = false
  for (const record of await listRecords(common)) {
    if ((await markOfRecord(record, healing.worktreesDir)) === null) continue
    if (await mend(healing, common, record)) isMended = true
  }
  return isMended
}

async function mend(healing: Healing, common: string, record: string): Promise<boolean> {
  const missing = await missingParts(record)
  if (missing.length === 0) return false
  if (await isThere(join(record, 'index'))) {
    // A disk can lose what a crashed machine wrote last; this part is the same in every record.
    if (missing.join() !== 'commondir') return false
    await writeFile(join(record, 'commondir'), '../..\n')
    healing.tell(record)
    return true
  }
  const folder = await folderOf(record)
  const remove = async () => {
    await rm(record, { recursive: true })
    if (folder !== null) await removeBegun(folder)
  }
  const changedAt = async () => ((await missingParts(record)).length === 0 ? null : lastChange(record))
  return removeIfLeft(healing, common, { path: record, isOurs: true, changedAt, remove })
}

/** Without any of these git takes the record for no worktree, or for a broken one. */
async function missingParts(record: string): Promise<string[]> {
  const parts = ['HEAD', 'commondir', 'gitdir']
  const texts = await Promise.all(parts.map(name => readPart(record, name)))
  return parts.filter((_, n) => texts[n] === '')
}

async function folderOf(record: string): Promise<string | null> {
  const link = await readPart(record, 'gitdir')
  return link === '' ? null : dirname(resolve(record, link))
}

async function lastChange(record: string): Promise<number | null> {
  try {
    const names = ['.', ...(await readdir(record))]
    return Math.max(...(await Promise.all(names.map(async name => (await stat(join(record, name))).mtimeMs))))
  } catch (cause) {
    if (isMissing(cause)) return null
    throw cause
  }
}

/** Git makes the folder with its link to the record, and fills it at the very end; one with anything else stays. */
async function removeBegun(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => ['?'])
  if (names.some(name => name !== '.git')) return
  await rm(join(folder, '.git'), { force: true })
  await rmdir(folder)
}
