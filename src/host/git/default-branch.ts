import { AppError } from '../../errors.ts'
import type { Git } from './git.ts'
import { listOrigin, type OriginRefs } from './origin.ts'

export interface DefaultBranch {
  name: string
  tip: string
}

/** The branch that origin calls its default, and its tip; REPO_NOT_CONFIGURED for a repository without commits. */
export async function readDefaultBranch(git: Git, root: string, signal?: AbortSignal): Promise<DefaultBranch> {
  return defaultBranchOf(git, root, await listOrigin(git, root, ['HEAD'], signal), signal)
}

/** The same from an answer of origin that holds its HEAD. */
export async function defaultBranchOf(
  git: Git,
  root: string,
  origin: OriginRefs,
  signal?: AbortSignal,
): Promise<DefaultBranch> {
  const tip = origin.tips.get('HEAD')
  if (tip !== undefined && origin.defaultBranch !== null) return { name: origin.defaultBranch, tip }
  return onlyBranch(root, (await listOrigin(git, root, [], signal)).tips)
}

/** Origin's HEAD may name a branch that was never pushed; the only branch there is can then be meant, no other. */
function onlyBranch(root: string, tips: ReadonlyMap<string, string>): DefaultBranch {
  const [first, second] = [...tips]
  if (first !== undefined && second === undefined) return { name: first[0].slice('refs/heads/'.length), tip: first[1] }
  if (first === undefined) {
    throw new AppError('REPO_NOT_CONFIGURED', `The origin of ${root} has no commits yet.`, {
      hint: 'Push a first commit to its default branch, then try again.',
    })
  }
  throw new AppError('REPO_NOT_CONFIGURED', `The origin of ${root} has branches but no default branch that exists.`, {
    hint: 'Set the default branch of the repository where it is hosted, then try again.',
  })
}
