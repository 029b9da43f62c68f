import { HELD_ELSEWHERE } from '../../domain/held-elsewhere.ts'
import { AppError, isErrorCode } from '../../errors.ts'

/** A failure of a call to the server as the AppError that it was there; anything else becomes INTERNAL_ERROR. */
export function fromApi(error: unknown): AppError {
  if (error instanceof AppError) return error
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (error instanceof Error && isErrorCode(code))
    return new AppError(code, error.message, { cause: error, ...hintOf(error) })
  if (error instanceof Error && error.name === 'AbortError')
    return new AppError('ABORTED', 'The call was cancelled.', { cause: error })
  return new AppError('INTERNAL_ERROR', error instanceof Error ? error.message : String(error), { cause: error })
}

/** What is stored of a failure: what happened and what to do, cut to what the server takes of it. */
export function reasonOf({ message, hint }: AppError): string {
  const most = LONGEST_REASON - hint.length - 1
  return `${message.length > most ? `${message.slice(0, most - 1)}…` : message} ${hint}`
}

const LONGEST_REASON = 4_000

/** Whether the server said that the claim is over, one way or another. */
export function isClaimOver(error: unknown): boolean {
  const { code } = fromApi(error)
  return code === 'LEASE_LOST' || code === 'JOB_CANCELLED' || code === 'NOT_FOUND' || code === 'PERMISSION_DENIED'
}

/** Whether a call may have had its effect, and only its answer is missing. */
export function isDoubtful(error: unknown): boolean {
  const { code } = fromApi(error)
  return code === 'SERVER_UNAVAILABLE' || code === 'INTERNAL_ERROR' || code === 'ABORTED'
}

/** Whether the claim is over only for this worker, because another one of this machine has taken it over. */
export function isHeldElsewhere(error: unknown): boolean {
  const { code, hint } = fromApi(error)
  return code === 'LEASE_LOST' && hint === HELD_ELSEWHERE
}

function hintOf(error: Error): { hint?: string } {
  const data = 'data' in error ? error.data : undefined
  const hint = typeof data === 'object' && data !== null && 'hint' in data ? data.hint : undefined
  return typeof hint === 'string' ? { hint } : {}
}
