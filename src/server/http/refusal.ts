import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { ERROR_HINTS, type ErrorCode } from '../../errors.ts'

/** Where our own hosts call; what stands there is in an envelope. */
export const RPC_PREFIX = '/api/rpc'

interface Refusal {
  status: ContentfulStatusCode
  code: ErrorCode
  message: string
  hint?: string
}

/** An answer that says no, in the form that the api gives its errors. */
export function refuse(c: Context, { status, code, message, hint = ERROR_HINTS[code] }: Refusal): Response {
  if (status === 401) askForToken(c)
  const error = { defined: false, code, status, message, data: { hint } }
  return c.json(c.req.path.startsWith(`${RPC_PREFIX}/`) ? { json: error } : error, status)
}

/** Says with a 401 which kind of token is wanted. */
export function askForToken(c: Context): void {
  c.header('WWW-Authenticate', 'Bearer realm="scrum4me"')
}
