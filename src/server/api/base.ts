import { implement, os } from '@orpc/server'
import { api } from '../../contract/api.ts'
import { assertMay, type Caller, type TokenScope } from '../../domain/permissions.ts'
import { assertStanding } from '../flows/assert-standing.ts'
import { authenticate } from '../flows/authenticate.ts'
import { changeOnce } from '../flows/change-once.ts'
import type { Server } from '../flows/server-context.ts'
import { toWireError } from './to-wire-error.ts'

/** What a call brings with it; the server that it is answered by is the router's own. */
export interface CallContext {
  token: string
  requestId?: string | undefined
  /** Makes a call that changes the board safe to repeat. */
  idempotencyKey?: string | undefined
}

type KnownCall = CallContext & { caller: Caller }

/**
 * The implementer of the contract with everything that stands before a handler: errors, then the token, and only then
 * the input and the token's scope.
 */
export function apiBase(server: Server) {
  const base = implement(api)
    .$context<CallContext>()
    .use(async ({ next, path, context }) => {
      try {
        return await next()
      } catch (error) {
        throw toWireError(server.log, path, error, context.requestId)
      }
    })
    .use(async ({ context, next }) => next({ context: { caller: await authenticate(server, context.token) } }))
  const requires = (scope: TokenScope) =>
    os.$context<KnownCall>().middleware(({ context, next }) => {
      assertMay(context.caller, scope)
      return next()
    })
  const once = os.$context<KnownCall>().middleware(async ({ context, next, path }, input, output) => {
    const { idempotencyKey: key, caller } = context
    if (!key) return next()
    const call = { key, procedure: path.join('.'), input }
    return output(await changeOnce(server.pool, caller, call, async () => (await next()).output))
  })
  const holds = os
    .$context<KnownCall>()
    .middleware(async ({ context, next }, input: { job_id: string; claim_token: string }) => {
      await assertStanding(server, context.caller, { jobId: input.job_id, claimToken: input.claim_token })
      return next()
    })
  return {
    /** Whoever has a good token. */
    base,
    reads: requires('read'),
    works: requires('work'),
    /** Calls about a claim, by whoever holds it. */
    holds: requires('work').concat(holds),
    authors: requires('author').concat(once),
    decides: requires('person').concat(once),
  }
}

export type ApiBase = ReturnType<typeof apiBase>
