import { lstat } from 'node:fs/promises'
import { hasCode } from './error-code.ts'

/** Whether anything lies at `path`, be it a link that leads nowhere. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (cause) {
    if (hasCode(cause, 'ENOENT', 'ENOTDIR')) return false
    throw cause
  }
}
