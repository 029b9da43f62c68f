import { createHash } from 'node:crypto'
import { chown, lstat, mkdir } from 'node:fs/promises'
import { AppError } from '../../errors.ts'
import type { Account } from './account.ts'
import { type Cluster, clusterParts } from './cluster.ts'
import { hasCode } from './error-code.ts'

// macOS ends a socket's path after 103 bytes, Linux after 107.
const LONGEST = 103 - '/.s.PGSQL.5432'.length

/** A folder that only the cluster's account may enter: in the cluster, or in /tmp where that path is too long or odd. */
export async function openSocketFolder({ folder, account }: Cluster): Promise<string> {
  const inside = clusterParts(folder).socketFolder
  // PostgreSQL splits its setting at commas, and the address of the database carries the path as it is.
  const usable = /^[\w/.-]+$/.test(inside) && inside.length <= LONGEST
  const chosen = usable ? inside : `/tmp/scrum4me-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`
  await makePrivate(chosen, account)
  return chosen
}

async function makePrivate(folder: string, account: Account | null): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 })
    if (account) await chown(folder, account.uid, account.gid)
  } catch (cause) {
    if (!hasCode(cause, 'EEXIST')) throw cause
  }
  const { uid, mode } = await lstat(folder)
  const owner = account?.uid ?? process.getuid?.()
  if (uid === owner && (mode & 0o170077) === 0o040000) return
  throw new AppError('SERVER_UNAVAILABLE', `${folder} must be a folder of user ${owner} that nobody else may enter.`, {
    hint: 'Remove it, then try again.',
  })
}
