import { randomUUID } from 'node:crypto'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/fetch'
import pRetry, { AbortError } from 'p-retry'
import { z } from 'zod'
import type { ApiClient } from '../../contract/client.ts'
import { AppError } from '../../errors.ts'
import { type FetchWish, fetchWhole } from './fetch-whole.ts'
import { isWait, PAUSES } from './patience.ts'

export interface Remote {
  /** Where the server is, as people call it: the api lies below. */
  url: string
  token: string
  version: string
  /** How often a call is repeated that nobody answered; with pauses of 0.1 s to 2 s. */
  retries: number
}

/** The api of a server on any machine. Every call can be repeated, and is, while nobody answers or can answer, but for a wait. */
export function remoteApi({ url, token, version, retries }: Remote): ApiClient {
  const link = new RPCLink({
    url: new URL('api/rpc', url.endsWith('/') ? url : `${url}/`).href,
    headers: () => ({
      authorization: `Bearer ${token}`,
      'idempotency-key': randomUUID(),
      'user-agent': `scrum4me/${version}`,
    }),
    fetch: (request, init, { signal }, path, input) => {
      const patience = isWait(path) ? NONE : { retries, lostAnswers: LOST_ANSWER_RETRIES }
      return fetchPatiently({ url, ...patience, limitMs: ANSWER_MS + waitOf(input), signal }, request, init)
    },
  })
  return createORPCClient(link)
}

/** A server that is well answers within this, besides the time that it was asked to wait. */
const ANSWER_MS = 30_000
const Waiting = z.object({ wait_ms: z.number() })

function waitOf(input: unknown): number {
  const parsed = Waiting.safeParse(input)
  return parsed.success ? parsed.data.wait_ms : 0
}

/** A call that may have arrived is repeated at least so often, whoever makes it: only its answer is missing. */
const LOST_ANSWER_RETRIES = 2
const NONE = { retries: 0, lostAnswers: 0 }

/** The server is there, but its database is not, or it is about to end. */
const UNAVAILABLE = 503

/** Each attempt carries the same idempotency key, so that a lost answer doubles nothing. */
async function fetchPatiently(
  { retries, lostAnswers, ...wish }: FetchWish & Pick<Remote, 'retries'> & { lostAnswers: number },
  request: Request,
  init: RequestInit,
): Promise<Response> {
  const { url, signal } = wish
  const most = Math.max(retries, lostAnswers)
  const attempt = async (attemptNumber: number) => {
    try {
      const response = await fetchWhole(request, init, wish)
      if (response.status === UNAVAILABLE && attemptNumber <= retries) throw unavailable(url)
      return response
    } catch (error) {
      if (signal?.aborted) throw new AbortError(new AppError('ABORTED', 'The call was cancelled.'))
      throw error instanceof AppError ? error : unreachable(url, error)
    }
  }
  return pRetry(attempt, {
    retries: most,
    shouldRetry: ({ attemptNumber, cause }) => attemptNumber <= (neverArrived(cause) ? retries : most),
    ...PAUSES,
    ...(signal && { signal }),
  })
}

function unavailable(url: string): AppError {
  return new AppError('SERVER_UNAVAILABLE', `${new URL(url).origin} cannot answer at the moment.`)
}

/** Says where nothing answered; fetch itself says only that it failed, and a URL may hold a password. */
function unreachable(url: string, cause: unknown): AppError {
  const { code, message } = socketError(cause)
  const reason = message || code
  return new AppError('SERVER_UNAVAILABLE', `Nothing answers at ${new URL(url).origin}${reason && ` (${reason})`}.`, {
    cause,
  })
}

const NEVER_ARRIVED = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/

/** Whether a call failed before it could reach anybody. */
function neverArrived(cause: unknown): boolean {
  return NEVER_ARRIVED.test(socketError(cause).code)
}

/** What the socket said, which fetch keeps as the cause of its own error; a name with two addresses has no message. */
function socketError(error: unknown): { code: string; message: string } {
  const cause = error instanceof Error ? error.cause : null
  if (!(cause instanceof Error)) return { code: '', message: '' }
  return { code: 'code' in cause ? String(cause.code) : '', message: cause.message }
}
