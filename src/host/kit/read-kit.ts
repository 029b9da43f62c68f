import { checkSha } from '../git/branch.ts'
import type { Git } from '../git/git.ts'
import { readCommitted } from '../git/read-committed.ts'
import type { KitFile } from './kit-schema.ts'
import { parseKit } from './parse-kit.ts'

const FILE = '.scrum4me.yml'

/**
 * What the repository says, in `commit`, that a worktree needs; nothing where it has no such file. It is never read from
 * a worktree: an agent must not be able to weaken its own checks.
 */
export async function readKit(git: Git, root: string, commit: string, signal?: AbortSignal): Promise<KitFile> {
  checkSha(commit)
  const text = await readCommitted(git, { root, commit, file: FILE }, signal)
  return parseKit(`${FILE} of commit ${commit.slice(0, 12)}`, text ?? '')
}
