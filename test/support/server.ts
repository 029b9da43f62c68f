import pino from 'pino'
import { afterAll } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import type { Caller } from '../../src/domain/permissions.ts'
import { TOKEN_SCOPES } from '../../src/domain/permissions.ts'
import { authenticate, issueToken } from '../../src/server/flows/authenticate.ts'
import { openServer, type RunningServer, type ServerOptions } from '../../src/server/open-server.ts'
import { newId } from '../../src/server/store/new-id.ts'
import { insertUser } from '../../src/server/store/tokens/tokens.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'

export interface Person {
  userId: string
  token: string
  caller: Caller
  api: ApiClient
}
export interface TestServer {
  db: TestDatabase
  server: RunningServer
  /** A person of their own, whose token may do everything unless other scopes are named. */
  person(options?: { isDemo?: boolean; scopes?: readonly Caller['scopes'][number][] }): Promise<Person>
}

/** A server on a database of the test file's own. Its reaper rests, and its poll is slow: the test makes things happen. */
export async function openTestServer(options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const db = await createTestDatabase()
  const log = pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' })
  const quiet = { version: '0.0.0-test', log, reapEveryMs: 0, pollMs: 60_000 }
  const server = await openServer({ ...quiet, databaseUrl: db.url, ...options })
  afterAll(() => server.close())
  return {
    db,
    server,
    async person({ isDemo = false, scopes = TOKEN_SCOPES } = {}) {
      const userId = newId('user')
      await insertUser(server.pool, { id: userId, name: 'Test person', isDemo })
      const wish = { userId, name: 'test', scopes, productIds: null, expiresAt: null }
      const { token } = await issueToken(server, wish)
      return { userId, token, caller: await authenticate(server, token), api: server.client(token) }
    },
  }
}
