import { tipOf } from './branch.ts'
import type { Git } from './git.ts'
import { GitFailure } from './git-failure.ts'
import { listOrigin } from './origin.ts'
import { originMark } from './rescue-name.ts'
import type { RescueRef } from './rescue-refs.ts'
import { isAccepted, type PushLimits, refusal, runPush } from './run-push.ts'

/** Removes a rescue ref of this repository, unless it moved on since it was listed; one that is gone already is fine. */
export async function dropRescue(git: Git, root: string, { ref, sha, originSha }: RescueRef): Promise<void> {
  const mark = originSha === null ? '' : `delete ${originMark(ref)} ${originSha}\n`
  try {
    await git.run(root, ['update-ref', '--stdin'], { input: `delete ${ref} ${sha}\n${mark}` })
  } catch (cause) {
    if (!(cause instanceof GitFailure) || (await tipOf(git, root, ref)) !== null) throw cause
  }
}

/**
 * Removes from origin what was brought there of a rescue ref, unless it moved on since. An origin that lets nobody delete
 * keeps it, which loses nothing; any other failure is a PushFailure.
 */
export async function dropRescueOnOrigin(
  git: Git,
  root: string,
  { ref, originSha }: RescueRef,
  limits: PushLimits,
): Promise<void> {
  if (originSha === null) return
  const { tips } = await listOrigin(git, root, [ref], limits.signal)
  if (tips.get(ref) !== originSha) return
  const lease = `--force-with-lease=${ref}:${originSha}`
  const answer = await runPush(git, { path: root, name: ref, refspec: `:${ref}` }, [lease], limits)
  if (isAccepted(answer)) return
  const failure = refusal(ref, answer)
  if (failure.reason !== 'protected') throw failure
}
