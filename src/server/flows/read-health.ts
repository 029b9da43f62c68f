import type { Caller } from '../../domain/permissions.ts'
import { readServerVersion } from '../store/read-server-version.ts'
import { readUserName } from '../store/tokens/tokens.ts'
import type { Server } from './server-context.ts'

/** That the server answers, on which database, and for whom. */
export async function readHealth(server: Server, caller: Caller) {
  return {
    version: server.settings.version,
    database: `PostgreSQL ${await readServerVersion(server.pool)}`,
    user: { id: caller.userId, name: (await readUserName(server.pool, caller.userId)) ?? '' },
  }
}
