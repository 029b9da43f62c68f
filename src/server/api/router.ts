import { createToken, revokeToken } from '../flows/manage-tokens.ts'
import { readHealth } from '../flows/read-health.ts'
import { registerWorker } from '../flows/register-worker.ts'
import type { Server } from '../flows/server-context.ts'
import { authoringProcedures } from './authoring.ts'
import { apiBase } from './base.ts'
import { claimProcedures, lookProcedures } from './jobs.ts'

/** The contract, implemented: each procedure authenticates, authorises and calls one flow. */
export function createRouter(server: Server) {
  const api = apiBase(server)
  const { base, reads, works, decides } = api
  return base.router({
    ...authoringProcedures(server, api),
    jobs: { ...claimProcedures(server, api), ...lookProcedures(server, api) },
    system: {
      health: base.system.health.use(reads).handler(({ context }) => readHealth(server, context.caller)),
    },
    hosts: {
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
          expiresInDays: input.expires_in_days ?? null,
        }),
      ),
      revoke: base.tokens.revoke.use(decides).handler(async ({ input, context }) => {
        await revokeToken(server, context.caller, input.token_id)
        return { revoked: true as const }
      }),
    },
  })
}
