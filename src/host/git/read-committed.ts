import { AppError } from '../../errors.ts'
import type { Git } from './git.ts'

const MOST_BYTES = 100_000

/** The text of a file in the top folder of a commit; null when there is none. CONFIG_INVALID for a folder, a link, or one of more than 100 kB. */
export async function readCommitted(
  git: Git,
  { root, commit, file }: { root: string; commit: string; file: string },
  signal?: AbortSignal,
): Promise<string | null> {
  const { stdout } = await git.run(root, ['ls-tree', '--full-tree', '--long', '-z', commit, '--', file], { signal })
  if (stdout === '') return null
  const [mode, , blob = '', size] = stdout.split(/[ \t]+/)
  if (!mode?.startsWith('100') || Number(size) > MOST_BYTES)
    throw new AppError('CONFIG_INVALID', `${file} of commit ${commit.slice(0, 12)} is not a file of 100 kB or less.`, {
      hint: 'Make it one on the default branch of the repository, push it, and retry the job.',
    })
  return (await git.run(root, ['cat-file', 'blob', blob], { signal })).stdout
}
