import { AppError } from '../../errors.ts'

/**
 * Fetches an answer of the api with all of its body, or a stream as it comes. SERVER_UNAVAILABLE when the whole is not
 * there within the limit: a connection that died without a word would be waited for without an end.
 */
export async function fetchWhole(
  request: Request,
  init: RequestInit,
  { url, limitMs }: { url: string; limitMs: number },
): Promise<Response> {
  const over = new AbortController()
  let isLate = false
  const limit = setTimeout(() => {
    isLate = true
    over.abort()
  }, limitMs)
  // Not AbortSignal.any: what it makes may be collected while the fetch waits, which then hears of no abort.
  const leave = () => over.abort(request.signal.reason)
  living.add(request)
  request.signal.addEventListener('abort', leave, { once: true })
  try {
    if (request.signal.aborted) leave()
    const response = await fetch(request.clone(), { ...init, signal: over.signal })
    const type = response.headers.get('content-type') ?? ''
    if (type.startsWith('text/event-stream')) {
      if (response.body) requestOf.set(response.body, request)
      return response
    }
    const body = await response.arrayBuffer()
    if (type.startsWith('application/json')) return new Response(body, response)
    throw somebodyElse(url, response.status)
  } catch (error) {
    throw isLate ? tooLate(url, limitMs, error) : error
  } finally {
    clearTimeout(limit)
    living.delete(request)
  }
}

/** A request that is collected passes no abort on. */
const living = new Set<Request>()
/** A request lives for as long as its stream is read, so that its abort reaches that. */
const requestOf = new WeakMap<ReadableStream, Request>()

function somebodyElse(url: string, status: number): AppError {
  return new AppError('SERVER_UNAVAILABLE', `What answers at ${new URL(url).origin} is not Scrum4Me (${status}).`, {
    hint: 'Correct SCRUM4ME_URL, or start the server behind that address with `scrum4me up`.',
  })
}

function tooLate(url: string, limitMs: number, cause: unknown): AppError {
  const seconds = Math.round(limitMs / 1000)
  return new AppError('SERVER_UNAVAILABLE', `${new URL(url).origin} has not answered within ${seconds} s.`, { cause })
}
