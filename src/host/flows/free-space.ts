import { dirname } from 'node:path'
import { isThere } from '../git/worktree-path.ts'

/** What a file system says of itself; `fs.statfs`. */
export type StatFs = (path: string) => Promise<{ blocks: number; bavail: number; bsize: number }>

/** The bytes that this user may still write to the disk of a folder; null where its file system keeps no count. */
export async function freeBytes(statfs: StatFs, folder: string): Promise<number | null> {
  const { blocks, bavail, bsize } = await statfs(await nearestFolder(folder))
  return blocks === 0 ? null : bavail * bsize
}

/** A folder that is not there yet is made in the nearest one above that is. */
export async function nearestFolder(folder: string): Promise<string> {
  return (await isThere(folder)) || dirname(folder) === folder ? folder : nearestFolder(dirname(folder))
}
