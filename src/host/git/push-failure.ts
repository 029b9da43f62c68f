import { AppError } from '../../errors.ts'

export type PushFailureReason = 'no_credentials' | 'protected' | 'unknown'

/** A push that origin or the way to it refused for `reason` (PUSH_FAILED); a conflict is DELIVERY_CONFLICT instead. */
export class PushFailure extends AppError {
  readonly reason: PushFailureReason

  constructor(reason: PushFailureReason, branch: string, said: string, cause?: unknown) {
    super('PUSH_FAILED', `Pushing ${branch} failed (${reason}): ${said}`, { hint: HINT[reason], cause })
    this.reason = reason
  }
}

/** The reason behind what git or the forge said. */
export function pushFailureReason(said: string): PushFailureReason {
  if (NO_CREDENTIALS.test(said)) return 'no_credentials'
  return PROTECTED.test(said) ? 'protected' : 'unknown'
}

const HINT: Record<PushFailureReason, string> = {
  no_credentials: 'Give this host credentials that may push to the repository, then retry the job.',
  protected: 'Let this host push to such branches on the forge (branch protection, hooks), then retry the job.',
  unknown: 'Read what git said, mend it, then retry the job.',
}

const NO_CREDENTIALS = new RegExp(
  [
    'Authentication failed|could not read (?:Username|Password)|terminal prompts disabled|returned error: 40[137]',
    'Permission denied \\((?:publickey|password|keyboard)|Permission to \\S+ denied|Host key verification failed',
    'Repository not found|not authorized|unauthorized|access denied|(?:do not|don.t) have permission|insufficient permission',
    'marked as read.only|read-only|not granted|not allowed to (?:push|upload) code(?! to protected)|permission denied',
  ].join('|'),
  'i',
)
const PROTECTED = /hook declined|protected|GH0\d\d|repository rule|prohibited|checked out|denied|not allowed/i
