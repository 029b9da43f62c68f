import { randomUUID } from 'node:crypto'
import { isIP } from 'node:net'
import type { MiddlewareHandler } from 'hono'
import { refuse } from './refusal.ts'

export interface HttpVariables {
  requestId: string
}
type Guard = MiddlewareHandler<{ Variables: HttpVariables }>

const REQUEST_ID = /^[\w-]{8,64}$/

/** Gives each request an id, the caller's own if it looks like one, and sends it back. */
export const requestId: Guard = async (c, next) => {
  const given = c.req.header('x-request-id') ?? ''
  const id = REQUEST_ID.test(given) ? given : randomUUID()
  c.set('requestId', id)
  c.header('X-Request-Id', id)
  await next()
}

/**
 * Refuses a Host that is none of ours, and an Origin that is another site's: a web page whose name was pointed at this
 * machine (DNS rebinding) says its own name in both. A literal address cannot be pointed anywhere.
 */
export function ownSiteOnly(names: readonly string[]): Guard {
  const own = new Set(['localhost', ...names].map(name => name.toLowerCase()))
  const isOwn = (hostname: string) => own.has(hostname) || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0
  return async (c, next) => {
    const host = c.req.header('host') ?? ''
    const here = parseUrl(`http://${host}`)
    if (!here || !isOwn(here.hostname))
      return refuse(c, {
        status: 421,
        code: 'CONFIG_INVALID',
        message: `This server does not answer to the name "${host}".`,
        hint: 'Set SCRUM4ME_URL on the server to the URL that people use.',
      })
    const origin = c.req.header('origin')
    if (origin !== undefined && parseUrl(origin)?.host !== here.host)
      return refuse(c, {
        status: 403,
        code: 'PERMISSION_DENIED',
        message: 'This server takes no calls from other web pages.',
        hint: 'Open its own page, or call it from a program.',
      })
    return next()
  }
}

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null
}

/** The token of a request; empty when there is none. */
export function bearerToken(authorization: string | undefined): string {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? ''
}
