import { hasCode } from './error-code.ts'

/** Whether a process of this number exists, whoever it belongs to. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (cause) {
    return !hasCode(cause, 'ESRCH')
  }
}
