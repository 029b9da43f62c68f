import { implement, os } from '@orpc/server'
import { api } from '../../contract/api.ts'
import { assertMay, type TokenScope } from '../../domain/permissions.ts'
import { authenticate } from '../flows/authenticate.ts'
import type { Server } from '../flows/server-context.ts'
import { toWireError } from './to-wire-error.ts'

/** What a call brings with it: its token; the server that it is answered by is the router's own. */
export interface CallContext {
  token: string
}

/** The implementer of the contract with everything that stands before a handler: errors, then the token's scope. */
export function apiBase(server: Server) {
  const base = implement(api)
    .$context<CallContext>()
    .use(async ({ next, path }) => {
      try {
        return await next()
      } catch (error) {
        throw toWireError(server.log, path, error)
      }
    })
  const requires = (scope: TokenScope) =>
    os.$context<CallContext>().middleware(async ({ context, next }) => {
      const caller = await authenticate(server, context.token)
      assertMay(caller, scope)
      return next({ context: { caller } })
    })
  return {
    base,
    reads: requires('read'),
    works: requires('work'),
    authors: requires('author'),
    decides: requires('person'),
  }
}

export type ApiBase = ReturnType<typeof apiBase>
