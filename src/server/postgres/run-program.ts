import { execa } from 'execa'
import type { Account } from './account.ts'

/** PostgreSQL's whole environment: none of ours, so that no PG… or LC_… variable changes a cluster. */
export const POSTGRES_ENV = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

const TIME_LIMIT_MS = 120_000

/** Runs a program to its end as `account`; rejects with its output when it fails. */
export async function runProgram(file: string, args: string[], account: Account | null, cwd = '/'): Promise<void> {
  await execa(file, args, {
    cwd,
    env: POSTGRES_ENV,
    extendEnv: false,
    stdin: 'ignore',
    timeout: TIME_LIMIT_MS,
    ...(account && { uid: account.uid, gid: account.gid }),
  })
}
