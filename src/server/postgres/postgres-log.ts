import { open, stat, truncate } from 'node:fs/promises'
import { hasCode } from './error-code.ts'

const LARGEST = 10 * 1024 * 1024
const SHOWN_BYTES = 4_096
const SHOWN_LINES = 12

/** Empties a log that has grown too large, and returns where the lines of the coming start will begin. */
export async function trimLog(path: string): Promise<number> {
  try {
    const { size } = await stat(path)
    if (size <= LARGEST) return size
    await truncate(path)
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT')) throw cause
  }
  return 0
}

/** The last lines of a log, none from before `start`. */
export async function readLastLines(path: string, start: number): Promise<string> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const from = Math.max(start, size - SHOWN_BYTES)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(0, size - from)), 0, null, from)
    return buffer.subarray(0, bytesRead).toString('utf8').trimEnd().split('\n').slice(-SHOWN_LINES).join('\n')
  } finally {
    await file.close()
  }
}
