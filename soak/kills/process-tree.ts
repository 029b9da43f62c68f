import { execa } from 'execa'

interface Row {
  pid: number
  parent: number
  command: string
}

/** The end of a push or fetch that stands for another machine: it is killed with nobody here. */
const REMOTE_END = /git[ -](?:receive-pack|upload-pack)/

/** A process and all that it has started, and those have, on this side of every connection to a remote. */
export async function treeOf(pid: number): Promise<number[]> {
  const { stdout } = await execa('ps', ['-eo', 'pid=,ppid=,args='])
  const rows = stdout.split('\n').flatMap(line => {
    const [, id, parent, command = ''] = /^ *(\d+) +(\d+) +(.*)$/.exec(line) ?? []
    return id === undefined ? [] : [{ pid: Number(id), parent: Number(parent), command }]
  })
  return [pid, ...below(pid, rows)]
}

function below(pid: number, rows: readonly Row[]): number[] {
  const children = rows.filter(row => row.parent === pid && !REMOTE_END.test(row.command))
  return children.flatMap(child => [child.pid, ...below(child.pid, rows)])
}

/** Sends a signal; whether there was a process to get it. */
export function signalTo(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}
