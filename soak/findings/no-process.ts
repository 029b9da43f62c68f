import { setTimeout as sleep } from 'node:timers/promises'
import { processesOf } from '../stage/processes.ts'
import { type Finding, finding } from './finding.ts'

const LIMIT_MS = 15_000

/** Everything that we have started, and all that it has started, has ended. */
export async function proveNoProcess(folder: string): Promise<Finding> {
  const deadline = Date.now() + LIMIT_MS
  let left = await processesOf(folder)
  while (left.length > 0 && Date.now() < deadline) {
    await sleep(200)
    left = await processesOf(folder)
  }
  const lines = left.map(({ pid, command }) => `${pid} ${command}`)
  return finding('no process is left', lines)
}
