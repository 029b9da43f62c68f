import { sizeOf } from '../../domain/size.ts'
import { AppError } from '../../errors.ts'
import { fromApi } from './api-error.ts'
import { freeBytes } from './free-space.ts'
import type { Host } from './host.ts'
import { sweepWorktrees } from './sweep-worktrees.ts'

/** Throws DISK_FULL when the disk for worktrees or data has less room than a job may need. */
export async function assertRoom(host: Host): Promise<void> {
  const shortage = await findShortage(host)
  if (shortage) throw shortage
}

/** The same after what dead attempts left is saved and removed, if there is too little room. */
export async function makeRoom(host: Host): Promise<void> {
  if ((await findShortage(host)) === null) return
  await sweepWorktrees(host).catch((error: unknown) => {
    host.log.warn({ err: fromApi(error) }, 'no room could be made, because a sweep failed')
  })
  await assertRoom(host)
}

async function findShortage(host: Host): Promise<AppError | null> {
  const least = host.limits.minFreeBytes
  if (least === 0) return null
  for (const folder of [host.worktreesDir, host.roots.dataDir]) {
    const free = await look(host, folder)
    if (free === null || free >= least) continue
    const message = `Only ${sizeOf(free)} are free on the disk of ${folder}; this machine takes no job below ${sizeOf(least)}.`
    return new AppError('DISK_FULL', message)
  }
  return null
}

/** Null also when the look fails: it is there to warn, and a folder that cannot be used is named by its first use. */
async function look(host: Host, folder: string): Promise<number | null> {
  try {
    return await freeBytes(host.statfs, folder)
  } catch (error) {
    host.log.warn({ err: error, folder }, 'how much room there is could not be found out')
    return null
  }
}
