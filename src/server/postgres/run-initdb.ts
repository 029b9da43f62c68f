import { execa } from 'execa'
import { AppError } from '../../errors.ts'
import type { Account } from './account.ts'

/** PostgreSQL's whole environment: none of ours, so that no PG… or LC_… variable changes a cluster. */
export const POSTGRES_ENV = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

const TIME_LIMIT_MS = 120_000

/** Runs initdb as `account`; fails with what it said. */
export async function runInitdb(initdb: string, args: string[], account: Account | null): Promise<void> {
  const result = await execa(initdb, args, {
    cwd: '/',
    env: POSTGRES_ENV,
    extendEnv: false,
    stdin: 'ignore',
    timeout: TIME_LIMIT_MS,
    reject: false,
    ...(account && { uid: account.uid, gid: account.gid }),
  })
  if (!result.failed) return
  const said = result.stderr || result.shortMessage
  throw new AppError('SERVER_UNAVAILABLE', `A new PostgreSQL cluster cannot be made: ${said}`, {
    hint: 'Mend what initdb names (often a full disk), or set DATABASE_URL to a PostgreSQL of your own.',
    cause: result.cause,
  })
}
