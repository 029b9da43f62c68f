import { ORPCError } from '@orpc/server'
import { ERROR_HINTS, isErrorCode } from '../../errors.ts'

/** What a handler says of a call for which it has a procedure, or none. */
interface Handling<Result> {
  next(): Promise<Result>
}
const NOT_HERE = { matched: false, response: undefined } as const

/** A procedure's failures are ours already; any other means that the call itself could not be read, or not like this. */
export async function explainUnreadableCall<Result>({ next }: Handling<Result>): Promise<Result | typeof NOT_HERE> {
  try {
    return await next()
  } catch (error) {
    if (error instanceof ORPCError && isErrorCode(error.code)) throw error
    if (error instanceof ORPCError && error.code === 'METHOD_NOT_SUPPORTED') return NOT_HERE
    throw new ORPCError('VALIDATION_ERROR', {
      status: 400,
      message: 'The body or the query of this call cannot be read.',
      data: { hint: `${ERROR_HINTS.VALIDATION_ERROR} Bodies are JSON, and their Content-Type says so.` },
      cause: error,
    })
  }
}
