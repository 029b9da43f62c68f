import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../../errors.ts'
import type { Cluster } from './cluster.ts'
import { findPostmaster, removeStaleFile } from './find-postmaster.ts'
import { isPostmasterOf } from './is-postmaster-of.ts'
import { readLastLines, trimLog } from './postgres-log.ts'
import { type PostmasterFile, readPostmasterFile } from './postmaster-file.ts'
import { spawnPostmaster } from './spawn-postmaster.ts'

export interface RunningPostmaster extends PostmasterFile {
  readonly adopted: boolean
}

const TIME_LIMIT_MS = 60_000
// Backends outlive a killed postmaster until they notice; a server that is stopping holds its folder a little longer.
const HELD_BY_ANOTHER = /is still in use|lock file ".*" already exists/

/** A server that accepts connections: the one that runs, or a new one. */
export async function runPostmaster(
  cluster: Cluster,
  options: { log: (message: string) => void; settings: Record<string, string> },
): Promise<RunningPostmaster> {
  const deadline = Date.now() + TIME_LIMIT_MS
  for (;;) {
    const found = await findPostmaster(cluster.data)
    const server = found ? await adopt(cluster, found.pid, deadline) : await launch(cluster, options.settings, deadline)
    if (server) {
      options.log(`${server.adopted ? 'Found PostgreSQL running' : 'PostgreSQL has started'} (process ${server.pid}).`)
      return server
    }
    await sleep(100)
  }
}

async function adopt(cluster: Cluster, pid: number, deadline: number): Promise<RunningPostmaster | null> {
  const file = await untilReady(cluster, pid, () => isPostmasterOf(pid, cluster.data), { deadline, logFrom: 0 })
  return file && { ...file, adopted: true }
}

/** Null when another server still holds the folder and trying again is worthwhile. */
async function launch(
  cluster: Cluster,
  settings: Record<string, string>,
  deadline: number,
): Promise<RunningPostmaster | null> {
  await removeStaleFile(cluster.data)
  const logFrom = await trimLog(cluster.logFile)
  const child = await spawnPostmaster(cluster, settings)
  const isAlive = () => child.exitCode === null && child.signalCode === null
  const file = await untilReady(cluster, child.pid ?? 0, isAlive, { deadline, logFrom })
  if (file) return { ...file, adopted: false }
  const lines = await readLastLines(cluster.logFile, logFrom)
  if (HELD_BY_ANOTHER.test(lines) && Date.now() < deadline) return null
  throw failure(cluster, 'PostgreSQL ended while it was starting', lines)
}

/** Waits for `ready` in the postmaster's own file; null when the process ends first. */
async function untilReady(
  cluster: Cluster,
  pid: number,
  isAlive: () => boolean | Promise<boolean>,
  { deadline, logFrom }: { deadline: number; logFrom: number },
): Promise<PostmasterFile | null> {
  while (await isAlive()) {
    const file = await readPostmasterFile(cluster.data)
    if (file?.pid === pid && file.status === 'ready') return file
    // It is left running: a long recovery would only begin again, and the next start adopts it.
    if (Date.now() > deadline) {
      throw failure(cluster, 'PostgreSQL does not become ready', await readLastLines(cluster.logFile, logFrom))
    }
    await sleep(15)
  }
  return null
}

function failure(cluster: Cluster, what: string, lines: string): AppError {
  return new AppError('SERVER_UNAVAILABLE', `${what}. The end of its log:\n${lines}`, {
    hint: `Read ${cluster.logFile}, mend what it names and start again, or set DATABASE_URL.`,
  })
}
