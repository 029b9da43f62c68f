import { execa } from 'execa'
import { HostGone } from './connection.ts'
import { entriesOf } from './journal.ts'
import type { Work } from './work.ts'

/** Commits everything in the worktree, as an agent does, and writes down that it will, and what it has made. */
export async function commitAll(work: Work, title: string): Promise<void> {
  const { soak, about } = work
  const { job, attempt } = about
  const mine = entriesOf(soak.journal, 'commits').filter(entry => entry.job === job && entry.attempt === attempt)
  const subject = `${title} [${job} ${attempt}.${mine.length + 1}]`
  await agentGit(work, 'add', '--all')
  soak.journal.write({ what: 'commits', subject, ...about })
  const said = await agentGit(work, '-c', 'core.abbrev=40', 'commit', '-m', subject)
  const sha = /^\[.* ([0-9a-f]{40})\]/.exec(said)?.[1] ?? ''
  soak.journal.write({ what: 'committed', subject, sha, ...about })
}

/** Takes in what somebody else pushed to the branch; of what both changed, ours stays. */
export async function mergeOrigin(work: Work): Promise<void> {
  const { soak, about, job } = work
  await agentGit(work, 'fetch', 'origin')
  const subject = `Merge origin [${about.job} ${about.attempt}]`
  soak.journal.write({ what: 'commits', subject, ...about })
  await agentGit(work, 'merge', '-X', 'ours', '-m', subject, `origin/${job.branch_name}`)
  const sha = await agentGit(work, 'rev-parse', 'HEAD')
  soak.journal.write({ what: 'committed', subject, sha, ...about })
}

/** A git of the agent's own, which dies with the agent. */
async function agentGit({ job, slot, connection }: Work, ...args: string[]): Promise<string> {
  const { signal } = connection.killed
  const place = { cwd: job.worktree_path, env: slot.machine.env, extendEnv: false, stdin: 'ignore' } as const
  try {
    return (await execa('git', args, { ...place, cancelSignal: signal, killSignal: 'SIGKILL' })).stdout
  } catch (error) {
    if (signal.aborted) throw new HostGone()
    throw error
  }
}
