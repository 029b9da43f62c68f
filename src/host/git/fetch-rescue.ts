import { fetchRef, tipOf } from './branch.ts'
import type { Git } from './git.ts'
import { originMark } from './rescue-name.ts'

/** Brings a rescue ref from origin, unless one of that name is here already; false when origin has none. */
export async function fetchRescue(git: Git, root: string, ref: string, signal?: AbortSignal): Promise<boolean> {
  if ((await tipOf(git, root, ref)) !== null) return true
  const sha = await fetchRef(git, root, ref, originMark(ref), signal)
  if (sha === null) return false
  await git.run(root, ['update-ref', '--create-reflog', ref, sha, ''])
  return true
}
