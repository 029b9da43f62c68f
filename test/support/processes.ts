import { execa } from 'execa'
import { vi } from 'vitest'
import { lives } from './installation.ts'

/** Ends a process as the kernel does when memory is short, and resolves when it is gone. */
export async function killNow(pid: number): Promise<void> {
  if (lives(pid)) process.kill(pid, 'SIGKILL')
  await untilGone(pid)
}

/** Resolves when a process has ended, whoever ends it. */
export async function untilGone(pid: number): Promise<void> {
  await vi.waitUntil(() => !lives(pid), { timeout: 20_000, interval: 20 })
}

/** The commands of the living processes that were started with a variable in their environment. */
export async function processesWith(variable: string, value: string): Promise<string[]> {
  const { stdout } = await execa('ps', ['axeww', '-o', 'pid=,stat=,args='])
  return stdout
    .split('\n')
    .filter(line => line.includes(`${variable}=${value} `) || line.endsWith(`${variable}=${value}`))
    .filter(line => !/^ *\d+ +Z/.test(line))
    .map(line => line.replace(/ [A-Z][A-Z0-9_]*=.*$/, '').trim())
}
