import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from './error-code.ts'

/** What a running server, or one that crashed, says of itself in its data folder. */
export interface PostmasterFile {
  /** 0 in a file that was cut off by a crash. */
  readonly pid: number
  readonly port: number
  readonly socketFolder: string
  readonly status: string
}

/** Where the server of a data folder leaves its process id. */
export function postmasterFilePath(data: string): string {
  return join(data, 'postmaster.pid')
}

/** The postmaster.pid of a data folder, or null without one; lines that are not written yet are empty. */
export async function readPostmasterFile(data: string): Promise<PostmasterFile | null> {
  try {
    const lines = (await readFile(postmasterFilePath(data), 'utf8')).split('\n').map(line => line.trim())
    const [pid = '', , , port = '', socketFolder = '', , , status = ''] = lines
    return { pid: Number(pid) || 0, port: Number(port), socketFolder, status }
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return null
    throw cause
  }
}
