import { AppError } from '../../errors.ts'

interface PgFailure {
  code: string
  constraint?: string
}

/** The SQLSTATE and constraint behind an error of pg or drizzle; null for any other error. */
function pgFailure(error: unknown): PgFailure | null {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') {
      const constraint = 'constraint' in at && typeof at.constraint === 'string' ? at.constraint : undefined
      return { code: at.code, ...(constraint && { constraint }) }
    }
  }
  return null
}

/** Whether an error is the violation of one unique index or constraint. */
export function violatesUnique(error: unknown, constraint: string): boolean {
  const failure = pgFailure(error)
  return failure?.code === '23505' && failure.constraint === constraint
}

/** What a transaction had looked at before it had the lock has changed meanwhile: it is to be repeated. */
export class Overtaken extends Error {
  readonly code = '40001'

  constructor() {
    super('another transaction was faster')
  }
}

/** Whether two transactions got into each other's way, so that repeating one of them is the answer. */
export function isTransactionConflict(error: unknown): boolean {
  return ['40P01', '40001'].includes(pgFailure(error)?.code ?? '')
}

/** SQLSTATEs of a server that ends, is full, or has given up a statement or transaction; and what a broken way there says. */
const GONE = /^(08|57P0|53300|57014|25P03)/
const NO_WAY = new Set(
  `ECONNREFUSED ECONNRESET ECONNABORTED ENOENT EPIPE ETIMEDOUT ENOTFOUND EAI_AGAIN EACCES
   EHOSTUNREACH EHOSTDOWN ENETUNREACH ENETDOWN`.split(/\s+/),
)

/** What pg says of a connection that broke, or is silent, without a code. */
const LOST =
  /connection terminated|timeout exceeded when trying to connect|is not queryable|query read timeout|timeout expired/i

/** Whether the database cannot be reached at the moment, or does not answer. */
export function isUnreachable(error: unknown): boolean {
  const code = pgFailure(error)?.code ?? ''
  return GONE.test(code) || NO_WAY.has(code) || saysLost(error)
}

/** By its innermost message: those around it hold statements and their parameters, which are anybody's words. */
function saysLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return error.cause instanceof Error ? saysLost(error.cause) : LOST.test(error.message)
}

/** An error of the database as one that may be shown: statements and parameters never leave the store. */
export function toAppError(error: unknown): unknown {
  if (error instanceof AppError) return error
  if (isUnreachable(error))
    return new AppError('SERVER_UNAVAILABLE', 'The database cannot be reached at the moment.', { cause: error })
  const unfit = UNFIT[pgFailure(error)?.code ?? '']
  return unfit ? new AppError('VALIDATION_ERROR', unfit, { cause: error }) : error
}

/** What PostgreSQL takes in no column, by SQLSTATE. */
const UNFIT: Partial<Record<string, string>> = {
  '22021': 'A text holds a NUL character, which cannot be stored.',
  '22P05': 'A text holds a NUL character, which cannot be stored.',
  '22P02': 'A text holds half of a surrogate pair, which cannot be stored.',
}
