import { once } from 'node:events'
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect } from 'vitest'
import { z } from 'zod'
import { isErrorCode } from '../../src/errors.ts'

export interface RawCall {
  method?: string
  headers?: OutgoingHttpHeaders
  body?: string
  /** The address of this machine that the call comes from. */
  localAddress?: string
}
export interface RawAnswer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/** Calls with exactly these headers, Host and Origin included, which `fetch` would not send. */
export async function callRaw(url: string, { body, ...call }: RawCall = {}): Promise<RawAnswer> {
  const asked = request(url, { ...call, agent: false })
  asked.end(body)
  // Who is refused in the midst of a body may hear the answer and then lose the connection.
  asked.on('error', () => undefined)
  const [answer] = await once(asked, 'response')
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) }
}

/** The headers of a call with a token and a JSON body. */
export function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
}

const Failure = z.strictObject({
  defined: z.literal(false),
  code: z.string().refine(isErrorCode),
  status: z.int(),
  message: z.string().min(1),
  data: z.strictObject({ hint: z.string().min(1) }),
})

/** Around everything on the door of our own hosts. */
const Envelope = z.object({ json: Failure }).transform(({ json }) => json)

/** The error in an answer, which must have the form that all errors have. */
export function failureIn({ status, headers, body }: RawAnswer): z.infer<typeof Failure> {
  expect(headers['content-type']).toMatch(/^application\/json/)
  const failure = Envelope.or(Failure).parse(JSON.parse(body))
  expect(failure.status).toBe(status)
  return failure
}
