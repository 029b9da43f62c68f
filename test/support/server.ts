import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, onTestFinished } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import type { Caller } from '../../src/domain/permissions.ts'
import { TOKEN_SCOPES } from '../../src/domain/permissions.ts'
import { authenticate, issueToken } from '../../src/server/flows/authenticate.ts'
import { openServer, type RunningServer, type ServerOptions } from '../../src/server/open-server.ts'
import { newId } from '../../src/server/store/new-id.ts'
import { insertUser } from '../../src/server/store/tokens/tokens.ts'
import { createTestDatabase, type DatabaseWish, type TestDatabase } from './database.ts'

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
  /** Another server on the same database, for as long as the test runs. */
  openAnother(more?: Partial<ServerOptions>): Promise<RunningServer>
}

/** A server on a database of the test file's own. Its reaper rests, and its poll is slow: the test makes things happen. */
export async function openTestServer(
  options: Partial<ServerOptions> = {},
  place: DatabaseWish = {},
): Promise<TestServer> {
  const db = await createTestDatabase(place)
  const log = pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' })
  const backupsFolder = join(tmpdir(), 's4m-test-backups')
  const quiet = { version: '0.1.0-test', log, backupsFolder, reapEveryMs: 0, pollMs: 60_000 }
  const open = (more: Partial<ServerOptions>) => openServer({ ...quiet, databaseUrl: db.url, ...options, ...more })
  const server = await open({})
  afterAll(() => server.close())
  return {
    db,
    server,
    async person({ isDemo = false, scopes = TOKEN_SCOPES } = {}) {
      const userId = newId('user')
      await insertUser(server.pool, { id: userId, name: 'Test person', isDemo })
      const wish = { userId, name: 'test', scopes, productIds: null, lifeSeconds: null }
      const { token } = await issueToken(server, wish)
      return { userId, token, caller: await authenticate(server, token), api: server.client(token) }
    },
    async openAnother(more = {}) {
      const another = await open(more)
      onTestFinished(() => another.close())
      return another
    },
  }
}
