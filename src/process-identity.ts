import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'

/** A process as another one can find it again: its id alone is given to others when it is gone. */
export interface ProcessIdentity {
  pid: number
  /** Within which the id means this process: one boot of one machine, and there one container. */
  machine: string
  /** When it was started, in the machine's own count; null where the system does not tell. */
  started: string | null
}

/** A process of this machine that lives now, this very one unless another is named. */
export async function identifyProcess(pid = process.pid): Promise<ProcessIdentity> {
  const { started } = await readStat(pid)
  return { pid, started, machine: await readMachine() }
}

/** Whether a process lives; null when that cannot be said from here. */
export async function isAlive({ pid, machine, started }: ProcessIdentity): Promise<boolean | null> {
  if (machine !== (await readMachine())) return null
  if (!hasProcess(pid)) return false
  const now = await readStat(pid)
  if (now.hasEnded) return false
  return now.started === null || started === null ? null : now.started === started
}

async function readMachine(): Promise<string> {
  const [boot, container] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => null),
    readlink('/proc/self/ns/pid').catch(() => null),
  ])
  return boot === null || container === null ? hostname() : `${boot.trim()}/${container}`
}

function hasProcess(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (cause) {
    return !(cause instanceof Error && 'code' in cause && cause.code === 'ESRCH')
  }
}

/** The command may hold anything, so the fields are counted from its closing bracket: the state, and as the 20th the start. */
async function readStat(pid: number): Promise<{ started: string | null; hasEnded: boolean }> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { started: fields[19] ?? null, hasEnded: fields[0] === 'Z' || fields[0] === 'X' }
}
