import { execa } from 'execa'
import type { Account } from './account.ts'
import { POSTGRES_ENV } from './run-initdb.ts'

/** Whether `account` can pass through a folder; the kernel is asked, so that access lists and odd mounts count too. */
export async function canEnter(account: Account, folder: string): Promise<boolean> {
  // The option `cwd` would not do: it takes effect before the change of the user.
  const { exitCode, cause } = await execa('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], {
    cwd: '/',
    env: POSTGRES_ENV,
    extendEnv: false,
    reject: false,
    uid: account.uid,
    gid: account.gid,
  })
  if (exitCode === undefined) throw cause
  return exitCode === 0
}
