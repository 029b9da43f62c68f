/** What can go wrong in a way that a caller must be able to tell apart, each with what to do about it. */
export const ERROR_HINTS = {
  VALIDATION_ERROR: 'Correct the named value and call again.',
  PERMISSION_DENIED: 'Ask a person for a token that may do this.',
  NOT_FOUND: 'Check the id; list what there is and try again.',
  CONFLICT: 'Look at what is there already before you try again.',
  INVALID_TRANSITION: 'Read the present status and act on that.',
  LEASE_LOST: 'Stop working on this job, discard your changes and call wait_for_job.',
  JOB_CANCELLED: 'Stop working on this job and call wait_for_job.',
  WRONG_HOST: 'Continue this job from the machine that holds its worktree.',
  VERIFY_REQUIRED: 'Call verify_task_against_plan, then report done again.',
  VERIFY_REFUSED: 'Do what is missing or say why it is, verify and report done again.',
  UNCOMMITTED_CHANGES: 'Commit what belongs to the task, remove or ignore the rest, verify and report done again.',
  DELIVERY_CONFLICT: 'Fetch origin, merge its branch into yours, verify and report done again.',
  SPRINT_BLOCKED: 'Clear every listed blocker, then start the run again.',
  REPO_NOT_CONFIGURED: 'Name the repository root in ~/.scrum4me-agent-config.json or in SCRUM4ME_REPO_ROOT_….',
  GIT_FAILED: 'Read what git said, mend it and try again.',
  SETUP_FAILED:
    'Mend `setup` in .scrum4me.yml or in the product’s kit, or what it needs on this host; the job is tried again.',
  CHECKS_RUNNING: 'Change nothing and make the same call again: it waits on for the checks that run.',
  CHECKS_FAILED: 'Mend what the output names, commit, verify and report done again.',
  PUSH_FAILED: 'Give this host the right to push, then retry the job.',
  VERSION_MISMATCH: 'Install the named version at the end that is older.',
  DISK_FULL:
    'Ask the person to make room on that disk (`scrum4me worktree list` shows what stands there) or to lower SCRUM4ME_MIN_FREE_DISK; then call again.',
  CONFIG_INVALID: 'Correct the file at the named place.',
  SERVER_UNAVAILABLE: 'Start the server with `scrum4me up`, then call again.',
  ABORTED: 'The caller went away; nothing was changed.',
  INTERNAL_ERROR: 'Look into the log; the same call can be made again.',
} as const satisfies Record<string, string>

export type ErrorCode = keyof typeof ERROR_HINTS

/** An expected failure: a stable code, a sentence for the reader, and what to do next. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly hint: string

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.code = code
    this.hint = options.hint ?? ERROR_HINTS[code]
  }
}

/** Whether `value` is one of our stable codes. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERROR_HINTS, value)
}
