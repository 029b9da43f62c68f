import { readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { onTestFinished, vi } from 'vitest'
import { isThere } from '../../src/host/git/worktree-path.ts'
import { type Installation, lives } from './installation.ts'
import { startUp, type UpProcess } from './up.ts'

/** Starts `up`, whose PostgreSQL ends with the test. */
export function startUpHere(installation: Installation): Promise<UpProcess> {
  onTestFinished(() => stopPostgres(installation))
  return startUp(installation)
}

/** Ends `up` and waits until it has gone. */
export async function stopUp({ command }: UpProcess): Promise<void> {
  command.kill('SIGTERM')
  await command
}

/** The process id of the PostgreSQL of an installation. */
export async function postgresOf({ machine }: Installation): Promise<number> {
  const data = join(await realpath(join(machine.dataDir, 'postgres')), 'data')
  return Number.parseInt(await readFile(join(data, 'postmaster.pid'), 'utf8'), 10)
}

/** It outlives an `up` that is killed. */
async function stopPostgres(installation: Installation): Promise<void> {
  if (!(await isThere(installation.machine.dataDir))) return
  const pid = await postgresOf(installation).catch(() => 0)
  if (pid > 0 && lives(pid)) process.kill(pid, 'SIGQUIT')
  await vi.waitUntil(() => pid === 0 || !lives(pid), { timeout: 10_000 })
}
