import { chmod, copyFile, mkdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** A file's text, or null when there is none. */
export async function readIfThere(path: string): Promise<string | null> {
  return ifThere(readFile(path, 'utf8'))
}

/** Gives a file another text, whole or not at all; a link stays a link, and the mode stays what it was. */
export async function replaceFile(path: string, text: string, modeOfNew = 0o600): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const target = (await ifThere(realpath(path))) ?? path
  const old = await ifThere(stat(target))
  const draft = `${target}.${process.pid}.draft`
  await writeFile(draft, text, { mode: modeOfNew })
  if (old) await chmod(draft, old.mode & 0o777)
  await rename(draft, target)
}

/** Copies a file to a name of its own beside it; returns that, or null when there is no file. */
export async function backUp(path: string): Promise<string | null> {
  const backup = `${path}.${new Date().toISOString().replaceAll(/[:.]/g, '-')}.backup`
  const isThere = await ifThere(copyFile(path, backup).then(() => true))
  return isThere ? backup : null
}

async function ifThere<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null
    throw error
  }
}
