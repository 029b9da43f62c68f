import { joinKits, type Kit, type WholeKit } from '../../domain/kit.ts'
import { checkSha } from '../git/branch.ts'
import type { Git } from '../git/git.ts'
import { readCommitted } from '../git/read-committed.ts'

const FILE = '.scrum4me.yml'

interface KitSources {
  root: string
  commit: string
  /** What the product says, for all that the repository leaves out. */
  productKit: Kit
}

/**
 * What a worktree of the repository needs: as its file in `commit` says, and else its product. The file is never read from
 * a worktree: an agent must not be able to weaken its own checks.
 */
export async function readKit(
  git: Git,
  { root, commit, productKit }: KitSources,
  signal?: AbortSignal,
): Promise<WholeKit> {
  checkSha(commit)
  const text = await readCommitted(git, { root, commit, file: FILE }, signal)
  if (text === null) return joinKits({}, productKit)
  // Few repositories have one, and a parser of YAML is a tenth of what an agent's process takes to start.
  const { parseKit } = await import('./parse-kit.ts')
  const file = { name: `${FILE} of commit ${commit.slice(0, 12)}`, hint: HINT }
  return joinKits(parseKit(file, text), productKit)
}

const HINT = 'Correct it on the default branch of the repository, push it, and retry the job.'
