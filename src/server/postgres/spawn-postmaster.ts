import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import type { Cluster } from './cluster.ts'
import { POSTGRES_ENV } from './run-initdb.ts'
import { openSocketFolder } from './socket-folder.ts'

const SETTINGS = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  port: '5432',
  timezone: 'UTC',
  log_timezone: 'UTC',
}

/** Starts PostgreSQL in a session of its own, so that neither Ctrl-C nor our end takes it along. */
export async function spawnPostmaster(cluster: Cluster, settings: Record<string, string>): Promise<ChildProcess> {
  const { account, binaries, data, logFile } = cluster
  const all = { ...SETTINGS, unix_socket_directories: await openSocketFolder(cluster), ...settings }
  const log = await open(logFile, 'a', 0o600)
  try {
    if (account) await log.chown(account.uid, account.gid)
    const args = ['-D', data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
    const child = spawn(binaries.postgres, args, {
      cwd: '/',
      env: POSTGRES_ENV,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      ...(account && { uid: account.uid, gid: account.gid }),
    })
    await once(child, 'spawn')
    child.unref()
    return child
  } finally {
    await log.close()
  }
}
