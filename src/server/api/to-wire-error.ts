import { ORPCError, ValidationError } from '@orpc/server'
import type { Logger } from 'pino'
import { AppError, type ErrorCode } from '../../errors.ts'
import { BadToken } from '../flows/authenticate.ts'
import { toAppError } from '../store/database-error.ts'

/** The HTTP status of each code that is not a plain 400. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  INVALID_TRANSITION: 409,
  LEASE_LOST: 409,
  JOB_CANCELLED: 409,
  WRONG_HOST: 409,
  SPRINT_BLOCKED: 409,
  SERVER_UNAVAILABLE: 503,
  ABORTED: 499,
  INTERNAL_ERROR: 500,
}

/** Any failure of a call as one that may leave the server: stable code, sentence, hint; nothing of SQL or stacks. */
export function toWireError(
  log: Logger,
  path: readonly string[],
  error: unknown,
  requestId?: string,
): ORPCError<ErrorCode, { hint: string }> {
  const known = translate(error)
  if (known.code === 'INTERNAL_ERROR') log.error({ err: known.cause ?? known, path, requestId }, 'a call failed')
  return new ORPCError(known.code, {
    status: known instanceof BadToken ? 401 : (STATUS[known.code] ?? 400),
    message: known.message,
    data: { hint: known.hint },
  })
}

function translate(error: unknown): AppError {
  const known = toAppError(error)
  if (known instanceof AppError) return known
  const invalid = known instanceof ORPCError && known.cause instanceof ValidationError ? known.cause : null
  if (invalid && known instanceof ORPCError && known.code === 'BAD_REQUEST')
    return new AppError('VALIDATION_ERROR', describeIssues(invalid), { cause: error })
  return new AppError('INTERNAL_ERROR', 'Something went wrong on the server; nothing was changed.', { cause: error })
}

function describeIssues({ issues }: ValidationError): string {
  return issues.map(({ message, path }) => `${path?.map(String).join('.') || 'input'}: ${message}`).join('; ')
}
