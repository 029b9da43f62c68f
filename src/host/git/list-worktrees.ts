import type { Git } from './git.ts'

/** What we write into the lock of each worktree that we make, so that it can be told from a person's. */
export interface WorktreeMark {
  jobId: string
  claimNo: number
  branch: string | null
}
export interface WorktreeEntry {
  path: string
  headSha: string | null
  branch: string | null
  /** Null for a worktree that we did not make. */
  mark: WorktreeMark | null
}

/** The worktrees of a repository as git has them on record, whether their folders exist or not; the main one is first. */
export async function listWorktrees(git: Git, root: string, signal?: AbortSignal): Promise<WorktreeEntry[]> {
  const { stdout, separator } = await list(git, root, signal)
  return stdout
    .split(separator + separator)
    .filter(record => record !== '')
    .map(record => toEntry(record.split(separator)))
}

/** The reason that git stores with a worktree's lock; a locked one is spared by `git worktree prune`, whoever calls it. */
export function lockReason({ jobId, claimNo, branch }: WorktreeMark): string {
  return `Scrum4Me job ${jobId} claim ${claimNo}${branch === null ? '' : ` branch ${branch}`}`
}

const MARK = /^Scrum4Me job (?<jobId>[\w-]+) claim (?<claimNo>\d+)(?: branch (?<branch>\S+))?$/

/** Gits before 2.36 know no `-z`; they answer 129 and are asked again without it. */
async function list(git: Git, root: string, signal: AbortSignal | undefined) {
  const args = ['worktree', 'list', '--porcelain']
  const exact = await git.run(root, [...args, '-z'], { signal, okExitCodes: [0, 129] })
  if (exact.exitCode === 0) return { stdout: exact.stdout, separator: '\0' }
  return { stdout: (await git.run(root, args, { signal })).stdout, separator: '\n' }
}

function toEntry(lines: string[]): WorktreeEntry {
  const value = (name: string) => lines.find(line => line.startsWith(`${name} `))?.slice(name.length + 1) ?? null
  const head = value('HEAD')
  return {
    path: value('worktree') ?? '',
    headSha: head === null || /^0+$/.test(head) ? null : head,
    branch: value('branch')?.replace(/^refs\/heads\//, '') ?? null,
    mark: parseMark(value('locked') ?? ''),
  }
}

/** The mark that such a reason holds; null where it is none of ours. */
export function parseMark(reason: string): WorktreeMark | null {
  const { jobId, claimNo, branch } = MARK.exec(reason)?.groups ?? {}
  if (jobId === undefined || claimNo === undefined) return null
  return { jobId, claimNo: Number(claimNo), branch: branch ?? null }
}
