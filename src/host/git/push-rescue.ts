import { checkSha } from './branch.ts'
import type { Git } from './git.ts'
import { originMark } from './rescue-name.ts'
import type { RescueRef } from './rescue-refs.ts'
import { isAccepted, type PushLimits, refusal, runPush } from './run-push.ts'

/** Brings a rescue ref to origin, as it was listed; PushFailure when origin or the way to it refuses. */
export async function pushRescue(git: Git, root: string, { ref, sha }: RescueRef, limits: PushLimits): Promise<void> {
  checkSha(sha)
  const answer = await runPush(git, { path: root, name: ref, refspec: `${sha}:${ref}` }, [], limits)
  if (!isAccepted(answer)) throw refusal(ref, answer)
}

/** Remembers that origin has a rescue ref as it was listed. */
export async function markOnOrigin(git: Git, root: string, { ref, sha, originSha }: RescueRef): Promise<void> {
  await git.run(root, ['update-ref', originMark(ref), sha, originSha ?? ''])
}
