import { randomUUID } from 'node:crypto'
import { type ClientLink, createORPCClient } from '@orpc/client'
import pRetry from 'p-retry'
import type { ApiClient } from '../../contract/client.ts'
import { isWait, PAUSES } from './patience.ts'

/**
 * The api of a server in this process, as patient while its database is away as one over HTTP: a call is repeated so often,
 * under one idempotency key, so that one whose end was not heard of doubles nothing.
 */
export function patientApi(api: ApiClient, retries: number): ApiClient {
  const link: ClientLink<Record<never, never>> = {
    call: (path, input, options) => {
      const call = procedureOf(api, path)
      if (isWait(path)) return call(input, options)
      const context = { idempotencyKey: randomUUID() }
      const { signal } = options
      return pRetry(() => call(input, { ...options, context }), {
        ...PAUSES,
        retries,
        shouldRetry: error => 'code' in error && error.code === 'SERVER_UNAVAILABLE',
        ...(signal && { signal }),
      })
    },
  }
  return createORPCClient(link)
}

function procedureOf(api: ApiClient, path: readonly string[]) {
  const found = path.reduce<unknown>((at, name) => Reflect.get(Object(at), name), api)
  if (typeof found !== 'function') throw new TypeError(`The api has no ${path.join('.')}.`)
  return async (input: unknown, options: unknown): Promise<unknown> => Reflect.apply(found, undefined, [input, options])
}
