import { AppError } from '../../errors.ts'
import { checkBranchName, tipOf } from './branch.ts'
import type { Git } from './git.ts'

export interface RescueRef {
  /** `refs/scrum4me/rescue/<job>/<claim_no>`, with `-2` and so on where one attempt left several. */
  ref: string
  jobId: string
  sha: string
  savedAt: string
  subject: string
}

const FORMAT = '%(refname)%00%(objectname)%00%(committerdate:iso-strict)%00%(subject)'

/** The work that is kept in a repository, newest first. */
export async function listRescueRefs(git: Git, root: string): Promise<RescueRef[]> {
  const args = ['for-each-ref', '--sort=-committerdate', `--format=${FORMAT}`, 'refs/scrum4me/rescue/']
  const { stdout } = await git.run(root, args)
  return stdout.split('\n').flatMap(line => {
    const [ref = '', sha = '', savedAt = '', subject = ''] = line.split('\0')
    return ref === '' ? [] : [{ ref, sha, savedAt, subject, jobId: ref.split('/')[3] ?? '' }]
  })
}

/** Makes a branch of kept work; CONFLICT when there is such a branch already. The ref stays. */
export async function restoreRescueRef(git: Git, root: string, kept: RescueRef, branch: string): Promise<void> {
  await checkBranchName(git, root, branch)
  if ((await tipOf(git, root, `refs/heads/${branch}`)) !== null)
    throw new AppError('CONFLICT', `There is a branch ${branch} in ${root} already.`, { hint: 'Choose another name.' })
  await git.run(root, ['update-ref', `refs/heads/${branch}`, kept.sha, ''])
}
