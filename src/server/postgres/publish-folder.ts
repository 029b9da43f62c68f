import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { hasCode } from './error-code.ts'

const ABANDONED_AFTER_MS = 10 * 60_000

/** Makes a folder appear at `target` complete or not at all; when another process was faster, theirs stays. */
export async function publishFolder(target: string, fill: (partial: string) => Promise<void>): Promise<void> {
  await removeAbandoned(target)
  const partial = `${target}.partial-${randomBytes(6).toString('hex')}`
  await mkdir(partial, { mode: 0o700 })
  try {
    await fill(partial)
    await moveInto(partial, target)
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

async function moveInto(partial: string, target: string): Promise<void> {
  try {
    await rename(partial, target)
  } catch (cause) {
    if (!hasCode(cause, 'ENOTEMPTY', 'EEXIST')) throw cause
  }
}

async function removeAbandoned(target: string): Promise<void> {
  const prefix = `${basename(target)}.partial-`
  for (const name of await readdir(dirname(target))) {
    if (!name.startsWith(prefix)) continue
    const path = join(dirname(target), name)
    if (Date.now() - (await stat(path)).mtimeMs > ABANDONED_AFTER_MS) await rm(path, { recursive: true, force: true })
  }
}
