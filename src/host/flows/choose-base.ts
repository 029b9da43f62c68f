import type { Offer } from '../../contract/work.ts'
import type { JobKind } from '../../domain/job-kinds.ts'
import { contains, listBetween } from '../git/branch.ts'
import type { Git } from '../git/git.ts'

/** A worktree that was made for an offer, at the commit where its branch stands. */
interface At {
  path: string
  baseSha: string
}

/**
 * Where the work of a job starts: a sprint's at its last finished task, though origin's branch may have a later one's
 * commits; a task's where its first attempt started, unless another job's work has come between.
 */
export function chooseBase(git: Git, offer: Offer, at: At): Promise<string> {
  return BASE_OF[offer.kind](git, offer, at)
}

const BASE_OF: Record<JobKind, (git: Git, offer: Offer, at: At) => Promise<string>> = {
  TASK_IMPLEMENTATION: async (git, { base_sha, others_heads }, { path, baseSha: tip }) => {
    if (base_sha === null || base_sha === tip || !(await contains(git, path, base_sha, tip))) return tip
    if (others_heads.length === 0) return base_sha
    const since = await listBetween(git, path, base_sha, tip)
    return others_heads.some(head => since.has(head)) ? tip : base_sha
  },
  SPRINT_IMPLEMENTATION: async (git, { base_sha: finished }, { path, baseSha }) =>
    finished !== null && (await contains(git, path, finished, baseSha)) ? finished : baseSha,
}
