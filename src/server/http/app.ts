import { SmartCoercionPlugin } from '@orpc/json-schema'
import { OpenAPIHandler } from '@orpc/openapi/fetch'
import { RPCHandler } from '@orpc/server/fetch'
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { secureHeaders } from 'hono/secure-headers'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Logger } from 'pino'
import type { Router } from '../api/router.ts'
import { toWireError } from '../api/to-wire-error.ts'
import { limitFailedTokens } from './failed-tokens.ts'
import { bearerToken, type HttpVariables, ownSiteOnly, requestId } from './guards.ts'
import { createMetrics, type Gauges } from './metrics.ts'
import { describeApi } from './openapi.ts'
import { askForToken, RPC_PREFIX, refuse } from './refusal.ts'
import { explainUnreadableCall } from './unreadable-call.ts'

/** What stands behind the doors. */
export interface Backend {
  router: Router
  version: string
  log: Logger
  /** Throws for a token that is missing, unknown, expired or revoked. */
  checkToken(token: string): Promise<unknown>
  /** Throws when the database does not answer. */
  ping(): Promise<void>
  readGauges(): Promise<Gauges>
}
/** A further handler behind the guards, for callers whose token is good. */
export type Mount = (request: Request, token: string) => Promise<Response>
export interface AppOptions {
  /** Names under which people reach this server, besides localhost and literal addresses. */
  names?: readonly string[]
  mounts?: Readonly<Record<`/${string}`, Mount>>
  addressOf: (c: Context) => string
}

/** No call is larger: a diff of 100,000 paths, or a plan. */
const LARGEST_BODY = 16 * 1024 * 1024

/** Everything that is served over HTTP. */
export function createApp(backend: Backend, { names = [], mounts = {}, addressOf }: AppOptions) {
  const app = new Hono<{ Variables: HttpVariables }>()
  const metrics = createMetrics(backend.readGauges)
  app.onError((error, c) => {
    const { code, status, message, data } = toWireError(backend.log, [c.req.path], error, c.get('requestId'))
    return refuse(c, { code, message, status: status as ContentfulStatusCode, hint: data.hint })
  })
  app.use(requestId, metrics.time, secureHeaders(), ownSiteOnly(names))
  app.get('/healthz', async c => {
    await backend.ping()
    return c.json({ status: 'ok', version: backend.version })
  })
  app.use(limitFailedTokens(addressOf), bodyLimit({ maxSize: LARGEST_BODY, onError: tooLarge }))

  const withToken = async (c: Context<{ Variables: HttpVariables }>) => {
    const token = bearerToken(c.req.header('authorization'))
    await backend.checkToken(token)
    return token
  }
  app.get('/metrics', async c => {
    await withToken(c)
    return c.body(await metrics.render(), 200, { 'Content-Type': metrics.contentType })
  })
  app.get('/api/openapi.json', async c => c.json(await describeApi(backend.version)))
  for (const [path, serve] of Object.entries(mounts)) app.all(path, async c => serve(c.req.raw, await withToken(c)))
  mountApi(app, backend.router)
  app.notFound(c =>
    refuse(c, {
      status: 404,
      code: 'NOT_FOUND',
      message: `There is nothing at ${c.req.method} ${c.req.path}.`,
      hint: 'GET /api/openapi.json lists what there is.',
    }),
  )
  return app
}

/** The contract, for our own hosts at /api/rpc and for everyone else at /api. */
function mountApi(app: Hono<{ Variables: HttpVariables }>, router: Router): void {
  const interceptors = [explainUnreadableCall]
  const rpc = new RPCHandler(router, { interceptors })
  const rest = new OpenAPIHandler(router, {
    interceptors,
    plugins: [new SmartCoercionPlugin({ schemaConverters: [new ZodToJsonSchemaConverter()] })],
  })
  app.all('/api/*', async (c, next) => {
    const context = {
      token: bearerToken(c.req.header('authorization')),
      requestId: c.get('requestId'),
      idempotencyKey: c.req.header('idempotency-key'),
    }
    const isRpc = c.req.path.startsWith(`${RPC_PREFIX}/`)
    const { response } = isRpc
      ? await rpc.handle(c.req.raw, { prefix: RPC_PREFIX, context })
      : await rest.handle(c.req.raw, { prefix: '/api', context })
    if (!response) return next()
    if (response.status === 401) askForToken(c)
    return c.newResponse(response.body, response)
  })
}

function tooLarge(c: Context): Response {
  const message = `A call has ${LARGEST_BODY / 1024 / 1024} MB at the most.`
  return refuse(c, { status: 413, code: 'VALIDATION_ERROR', message })
}
