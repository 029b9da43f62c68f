import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { AppError } from '../../errors.ts'
import { withFileLock } from '../../file-lock.ts'
import { ensureFolder } from '../git/ensure-folder.ts'
import type { Host } from './host.ts'

const LIMIT_MS = 15 * 60_000

/**
 * Lets the set-ups and clean-ups of one branch take turns, of whichever process of this data folder they are: the next
 * job of a lane is claimed at the moment at which the one before it is settled and its worktree begins to go.
 */
export async function withBranchLock<T>(
  host: Host,
  { root, branch }: { root: string; branch: string },
  run: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const locks = join(host.roots.dataDir, 'locks')
  await ensureFolder(locks)
  const name = createHash('sha256').update(`${root}\n${branch}`).digest('hex').slice(0, 24)
  const tooLong = () =>
    new AppError('GIT_FAILED', `Another process has been at work on ${branch} in ${root} for long.`, {
      hint: `Wait for it or end it; if there is none, delete ${join(locks, name)}.`,
    })
  return withFileLock(join(locks, name), { limitMs: LIMIT_MS, signal, tooLong }, run)
}
