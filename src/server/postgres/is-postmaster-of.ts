import { readFile, readlink, realpath } from 'node:fs/promises'
import { basename } from 'node:path'
import { execa } from 'execa'
import { hasCode } from './error-code.ts'

/** Whether process `pid` is the PostgreSQL that serves this data folder, and not one that got its number later. */
export async function isPostmasterOf(pid: number, data: string, platform = process.platform): Promise<boolean> {
  if (pid <= 0) return false
  if (platform !== 'linux') return startedOn(await readCommand(pid), data)
  try {
    const program = basename(await readlink(`/proc/${pid}/exe`))
    // `npm ci` replaces the programs of a running server.
    if (program !== 'postgres' && program !== 'postgres (deleted)') return false
    return (await readlink(`/proc/${pid}/cwd`)) === (await realpath(data))
  } catch (cause) {
    if (hasCode(cause, 'ENOENT', 'ESRCH')) return false // gone, or a zombie
    if (!hasCode(cause, 'EACCES', 'EPERM')) throw cause
    // Root in a container may not follow these links, but everybody may read the command line.
    return startedOn(await readCommandLine(pid), data)
  }
}

async function readCommandLine(pid: number): Promise<string> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ')
  } catch (cause) {
    if (hasCode(cause, 'ENOENT', 'ESRCH')) return ''
    throw cause
  }
}

async function readCommand(pid: number): Promise<string> {
  const { stdout } = await execa('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { reject: false })
  return stdout
}

function startedOn(command: string, data: string): boolean {
  const [program = '', ...rest] = command.split(' -D ')
  return basename(program.trim()) === 'postgres' && `${rest.join(' -D ')} `.startsWith(`${data} `)
}
