import { findHosts } from '../flows/look-at-hosts.ts'
import { createToken, findCurrentToken, findTokens, revokeToken } from '../flows/manage-tokens.ts'
import { readHealth } from '../flows/read-health.ts'
import { registerWorker } from '../flows/register-worker.ts'
import type { Server } from '../flows/server-context.ts'
import { authoringProcedures } from './authoring.ts'
import { apiBase } from './base.ts'
import { eventProcedures } from './events.ts'
import { executionProcedures } from './executions.ts'
import { claimProcedures, lookProcedures, remainsProcedures } from './jobs.ts'
import { leaseProcedures } from './leases.ts'
import { sprintProcedures } from './sprints.ts'
import { hostView } from './views/host-view.ts'
import { tokenView } from './views/token-view.ts'

export type Router = ReturnType<typeof createRouter>

/** The contract, implemented: each procedure authenticates, authorises and calls one flow. */
export function createRouter(server: Server) {
  const api = apiBase(server)
  const { base, reads, works, decides } = api
  return base.router({
    ...authoringProcedures(server, api),
    sprints: sprintProcedures(server, api),
    events: eventProcedures(server, api),
    executions: executionProcedures(server, api),
    jobs: {
      ...claimProcedures(server, api),
      ...leaseProcedures(server, api),
      ...remainsProcedures(server, api),
      ...lookProcedures(server, api),
    },
    system: {
      health: base.system.health.handler(({ context }) => readHealth(server, context.caller)),
    },
    hosts: {
      list: base.hosts.list
        .use(reads)
        .handler(async ({ context }) => (await findHosts(server, context.caller)).map(hostView)),
      register: base.hosts.register.use(works).handler(async ({ input, context }) => ({
        worker_id: await registerWorker(server, context.caller, {
          hostId: input.host_id,
          hostName: input.host_name,
          version: input.version,
          workerName: input.worker_name,
        }),
        server_version: server.settings.version,
      })),
    },
    tokens: {
      create: base.tokens.create.use(decides).handler(({ input, context }) =>
        createToken(server, context.caller, {
          name: input.name,
          scopes: input.scopes ?? null,
          productIds: input.product_ids ?? null,
          isWorker: input.worker,
          expiresInDays: input.expires_in_days ?? null,
        }),
      ),
      list: base.tokens.list
        .use(decides)
        .handler(async ({ context }) => (await findTokens(server, context.caller)).map(tokenView)),
      current: base.tokens.current.handler(async ({ context }) =>
        tokenView(await findCurrentToken(server, context.caller)),
      ),
      revoke: base.tokens.revoke.use(decides).handler(async ({ input, context }) => {
        await revokeToken(server, context.caller, input.token_id)
        return { revoked: true as const }
      }),
    },
  })
}
