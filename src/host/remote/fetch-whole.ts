import { AppError } from '../../errors.ts'

export interface FetchWish {
  url: string
  /** Within what time the whole has to be there, or a stream has to begin. */
  limitMs: number
  /** The caller's own: that of a request made from it hears of no abort once that request is collected as garbage. */
  signal: AbortSignal | undefined
}

/**
 * Fetches an answer of the api with all of its body, or a stream as it comes. SERVER_UNAVAILABLE when the whole is not
 * there within the limit: a connection that died without a word would be waited for without an end.
 */
export async function fetchWhole(
  request: Request,
  init: RequestInit,
  { url, limitMs, signal: own }: FetchWish,
): Promise<Response> {
  const over = new AbortController()
  const limit = setTimeout(() => over.abort(), limitMs)
  try {
    const signal = own ? AbortSignal.any([own, over.signal]) : over.signal
    const response = await fetch(request.clone(), { ...init, signal })
    const type = response.headers.get('content-type') ?? ''
    if (type.startsWith('text/event-stream')) return response
    const body = await response.arrayBuffer()
    if (type.startsWith('application/json')) return new Response(body, response)
    throw somebodyElse(url, response.status)
  } catch (error) {
    throw over.signal.aborted ? tooLate(url, limitMs, error) : error
  } finally {
    clearTimeout(limit)
  }
}

function somebodyElse(url: string, status: number): AppError {
  return new AppError('SERVER_UNAVAILABLE', `What answers at ${new URL(url).origin} is not Scrum4Me (${status}).`, {
    hint: 'Correct SCRUM4ME_URL, or start the server behind that address with `scrum4me up`.',
  })
}

function tooLate(url: string, limitMs: number, cause: unknown): AppError {
  const seconds = Math.round(limitMs / 1000)
  return new AppError('SERVER_UNAVAILABLE', `${new URL(url).origin} has not answered within ${seconds} s.`, { cause })
}
