import { execa } from 'execa'
import { signalTo } from '../kills/process-tree.ts'

export interface FoundProcess {
  pid: number
  command: string
}

/**
 * The processes of a soak that live: all that we start carry its folder in their environment, and so does what they start;
 * PostgreSQL, whose environment is its own, has it among its arguments.
 */
export async function processesOf(folder: string): Promise<FoundProcess[]> {
  const { stdout } = await execa('ps', ['axeww', '-o', 'pid=,stat=,args='], { maxBuffer: 100_000_000 })
  return stdout.split('\n').flatMap(line => {
    const [, pid, state = '', command = ''] = /^ *(\d+) +(\S+) +(.*)$/.exec(line) ?? []
    if (pid === undefined || state.startsWith('Z') || !command.includes(folder)) return []
    return [{ pid: Number(pid), command: command.replace(/ [A-Z][A-Z0-9_]*=.*$/, '') }]
  })
}

/** Ends whatever is left, when nothing is to be learnt from it any longer. */
export async function killAll(folder: string): Promise<void> {
  // One that is killed may have started another just before.
  for (let left = await processesOf(folder); left.length > 0; left = await processesOf(folder))
    for (const { pid } of left) signalTo(pid, 'SIGKILL')
}
