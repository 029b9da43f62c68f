import type { MiddlewareHandler } from 'hono'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { refuse } from './refusal.ts'

const MOST_FAILURES = 20
const WINDOW_SECONDS = 60

/**
 * Tells an address to wait that has shown twenty bad tokens within a minute; `addressOf` names the caller. A good token
 * passes even then: behind one address there may be all the agents of a machine, and one with a bad token among them.
 */
export function limitFailedTokens(addressOf: (c: Parameters<MiddlewareHandler>[0]) => string): MiddlewareHandler {
  const failures = new RateLimiterMemory({ points: MOST_FAILURES, duration: WINDOW_SECONDS })
  return async (c, next) => {
    await next()
    if (c.res.status !== 401) return
    const seconds = await failures.consume(addressOf(c)).then(() => 0, secondsLeft)
    if (seconds === 0) return
    c.res = refuse(c, {
      status: 429,
      code: 'PERMISSION_DENIED',
      message: `Too many calls with a bad token; come back in ${seconds} s.`,
      hint: 'Correct SCRUM4ME_TOKEN first.',
    })
    c.res.headers.set('Retry-After', String(seconds))
  }
}

/** The limiter rejects with its result when the points are gone. */
function secondsLeft(reason: unknown): number {
  if (reason instanceof RateLimiterRes) return Math.max(1, Math.ceil(reason.msBeforeNext / 1000))
  throw reason
}
