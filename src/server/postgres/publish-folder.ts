import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { hasCode } from './error-code.ts'

const PARTIAL = /\.partial-[0-9a-f]{12}$/
const ABANDONED_AFTER_MS = 10 * 60_000

/** Makes a folder appear at `target` complete or not at all; when another process was faster, theirs stays. */
export async function publishFolder(target: string, fill: (partial: string) => Promise<void>): Promise<void> {
  await removeAbandoned(dirname(target))
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

/** Others may be at work beside us, so only age tells what a killed process left. */
async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const path = join(parent, name)
    if (PARTIAL.test(name) && (await ageOf(path)) > ABANDONED_AFTER_MS) await rm(path, { recursive: true, force: true })
  }
}

async function ageOf(path: string): Promise<number> {
  try {
    return Date.now() - (await stat(path)).mtimeMs
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return 0
    throw cause
  }
}
