import { redactUrls } from '../../domain/repository-url.ts'
import type { Git } from './git.ts'
import { GitFailure } from './git-failure.ts'
import { PushFailure, pushFailureReason } from './push-failure.ts'

export interface PushAnswer {
  /** Git's own: space, `*`, `+`, `-` and `=` are what is done or there already, `!` is refused. */
  flag: string
  summary: string
  stderr: string
}

/** How long a push may take, and what ends it before. */
export interface PushLimits {
  signal?: AbortSignal | undefined
  timeoutMs?: number
}

const PUSH = [
  'push',
  '--porcelain',
  '--no-verify',
  '--no-signed',
  '--no-follow-tags',
  '--no-force',
  '--recurse-submodules=no',
]

/** Pushes one ref to origin, never by force, and returns git's verdict on it; PushFailure when there was none. */
export async function runPush(
  git: Git,
  { path, name, refspec }: { path: string; name: string; refspec: string },
  options: readonly string[],
  limits: PushLimits,
): Promise<PushAnswer> {
  try {
    const args = [...PUSH, ...options, '--', 'origin', refspec]
    const { stdout, stderr, exitCode } = await git.run(path, args, { ...limits, okExitCodes: [0, 1, 128] })
    const [, flag, summary] = /^([ +*=!-])\t[^\t\n]*\t([^\n]*)$/m.exec(stdout) ?? []
    if (flag !== undefined && summary !== undefined) return { flag, summary, stderr }
    throw new GitFailure('exit', `git push in ${path}`, stderr || `exit code ${exitCode}`)
  } catch (cause) {
    if (!(cause instanceof GitFailure)) throw cause
    throw new PushFailure(pushFailureReason(cause.stderr), name, cause.message, cause)
  }
}

export function isAccepted({ flag }: PushAnswer): boolean {
  return flag !== '!'
}

/** The error for a verdict against; git's own words count before those of a hook, which can be anything. */
export function refusal(name: string, { summary, stderr }: PushAnswer): PushFailure {
  const remote = redactUrls(stderr)
    .split('\n')
    .filter(line => line.startsWith('remote: '))
  const verdict = pushFailureReason(summary)
  const reason = verdict === 'unknown' ? pushFailureReason(stderr) : verdict
  return new PushFailure(reason, name, [summary, ...remote.slice(-6)].join(' | '))
}
