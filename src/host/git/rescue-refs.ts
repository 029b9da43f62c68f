import { AppError } from '../../errors.ts'
import { checkBranchName, tipOf } from './branch.ts'
import type { Git } from './git.ts'
import { claimOfRescue, ORIGIN_MARKS, originMark, RESCUE_REFS } from './rescue-name.ts'

export interface RescueRef {
  /** `refs/scrum4me/rescue/<job>/<claim_no>`, with `-2` and so on where one attempt left several. */
  ref: string
  jobId: string
  claimNo: number
  sha: string
  /** The commit that origin has under this name, as far as it is known here. */
  originSha: string | null
  subject: string
}

const FORMAT = '%(refname)%00%(objectname)%00%(subject)'

/** The work that is kept in a repository, all of it or that of one job. */
export async function listRescueRefs(git: Git, root: string, jobId?: string): Promise<RescueRef[]> {
  const scopes = [RESCUE_REFS, ORIGIN_MARKS].map(refs => `${refs}/${jobId === undefined ? '' : `${jobId}/`}`)
  const { stdout } = await git.run(root, ['for-each-ref', `--format=${FORMAT}`, ...scopes])
  const lines = stdout.split('\n').map(line => line.split('\0'))
  const shas = new Map(lines.map(([ref = '', sha = '']) => [ref, sha]))
  return lines.flatMap(([ref = '', sha = '', subject = '']) => {
    const claim = claimOfRescue(ref)
    return claim ? [{ ref, sha, subject, ...claim, originSha: shas.get(originMark(ref)) ?? null }] : []
  })
}

/**
 * When a rescue ref was last saved to, or null when git no longer knows. The commit does not tell: it bears the time of
 * the commit that it builds on.
 */
export async function savedAt(git: Git, root: string, ref: string): Promise<Date | null> {
  const args = ['log', '--walk-reflogs', '--max-count=1', '--date=unix', '--format=%gd', ref, '--']
  const seconds = /@\{(\d+)\}/.exec((await git.run(root, args)).stdout)?.[1]
  return seconds === undefined ? null : new Date(Number(seconds) * 1000)
}

/** Makes a branch of kept work; CONFLICT when there is such a branch already. The ref stays. */
export async function restoreRescueRef(git: Git, root: string, kept: RescueRef, branch: string): Promise<void> {
  checkBranchName(branch)
  if ((await tipOf(git, root, `refs/heads/${branch}`)) !== null)
    throw new AppError('CONFLICT', `There is a branch ${branch} in ${root} already.`, { hint: 'Choose another name.' })
  await git.run(root, ['update-ref', `refs/heads/${branch}`, kept.sha, ''])
}
