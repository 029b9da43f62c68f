import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { AppError } from '../../errors.ts'
import { withFileLock } from '../../file-lock.ts'
import { ensureFolder } from './ensure-folder.ts'
import { haveGitsEnded } from './running-gits.ts'
import { listRecords } from './worktree-record.ts'

export interface Healing {
  dataDir: string
  worktreesDir: string
  /** Hears of each thing that was removed or mended. */
  tell(path: string): void
}

export interface Leftover {
  path: string
  /** When it changed last, in ms since 1970; null once it is no leftover any more. */
  changedAt(): Promise<number | null>
  /** Whether no git but ours has any business there. */
  isOurs: boolean
  remove(): Promise<void>
}

/** Git removes what stands in the way of others when it ends, unless it was killed: so old it is nobody's any more. */
const LEFT_MS = 10 * 60_000
/** The same where no git but ours works, and all that could hold it are seen to have ended. */
const OURS_LEFT_MS = 10_000
const TURN_MS = 60_000

/**
 * Removes what a killed git left in a repository, whose common folder is given; false when a git may yet be at work on it.
 * In turns, so that nobody removes what was made anew in its place.
 */
export async function removeIfLeft({ dataDir, tell }: Healing, common: string, left: Leftover): Promise<boolean> {
  const locks = join(dataDir, 'locks')
  await ensureFolder(locks)
  const turn = join(locks, `heal-${createHash('sha256').update(common).digest('hex').slice(0, 24)}`)
  const tooLong = () => new AppError('GIT_FAILED', `Another process has been mending ${common} for long.`)
  return withFileLock(turn, { limitMs: TURN_MS, tooLong }, async () => {
    const before = await left.changedAt()
    if (before === null) return true
    const haveEnded = await haveGitsEnded(await foldersOf(common), left.path)
    const enough = left.isOurs && haveEnded === true ? OURS_LEFT_MS : LEFT_MS
    if (haveEnded === false || Date.now() - before < enough || (await left.changedAt()) !== before) return false
    await left.remove()
    tell(left.path)
    return true
  })
}

/** Where a git is that works on the repository. */
async function foldersOf(common: string): Promise<string[]> {
  const links = (await listRecords(common)).map(record => readFile(join(record, 'gitdir'), 'utf8').catch(() => ''))
  const worktrees = (await Promise.all(links)).filter(link => link !== '').map(link => dirname(link.trimEnd()))
  return [common, ...(basename(common) === '.git' ? [dirname(common)] : []), ...worktrees]
}
