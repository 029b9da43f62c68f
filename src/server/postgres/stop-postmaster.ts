import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../../errors.ts'
import { hasCode } from './error-code.ts'
import { isPostmasterOf } from './is-postmaster-of.ts'

const FAST_MS = 30_000
const IMMEDIATE_MS = 10_000

/** Ends a server: its connections at once and in order, or, if that takes too long, as after a crash. */
export async function stopPostmaster(pid: number, data: string): Promise<void> {
  if (await endsAfter('SIGINT', FAST_MS, pid, data)) return
  if (await endsAfter('SIGQUIT', IMMEDIATE_MS, pid, data)) return
  throw new AppError('INTERNAL_ERROR', `PostgreSQL (process ${pid}) does not end.`, {
    hint: `End it by hand: \`kill -QUIT ${pid}\`. Its data is safe.`,
  })
}

async function endsAfter(signal: NodeJS.Signals, limitMs: number, pid: number, data: string): Promise<boolean> {
  const deadline = Date.now() + limitMs
  // Before each signal: the number may belong to another process by now.
  if (!(await isPostmasterOf(pid, data))) return true
  send(signal, pid)
  while (Date.now() < deadline) {
    if (!(await isPostmasterOf(pid, data))) return true
    await sleep(10)
  }
  return false
}

function send(signal: NodeJS.Signals, pid: number): void {
  try {
    process.kill(pid, signal)
  } catch (cause) {
    if (!hasCode(cause, 'ESRCH')) throw cause
  }
}
