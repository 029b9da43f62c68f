import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { typeid } from 'typeid-js'
import { z } from 'zod'
import { AppError } from '../../errors.ts'
import { isThere } from '../git/worktree-path.ts'

const HostFile = z.strictObject({ host_id: z.string().regex(/^host_[0-9a-z]{26}$/) })

/** The id of a data folder's host; made at the first start, and the same for all processes of the folder. */
export async function readHostId(dataDir: string): Promise<string> {
  const file = join(dataDir, 'host.json')
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  if (!(await isThere(file))) await make(file)
  return parse(file, await readFile(file, 'utf8'))
}

/** Only one of several that start at once makes it. It appears whole, because others read it as soon as it is there. */
async function make(file: string): Promise<void> {
  const mine = `${file}.${randomUUID()}`
  try {
    await writeFile(mine, `${JSON.stringify({ host_id: typeid('host').toString() })}\n`, { mode: 0o600 })
    await link(mine, file)
  } catch (error) {
    if (!isExisting(error)) throw error
  } finally {
    await rm(mine, { force: true })
  }
}

function parse(file: string, text: string): string {
  try {
    return HostFile.parse(JSON.parse(text)).host_id
  } catch (error) {
    throw new AppError('CONFIG_INVALID', `${file} is not what Scrum4Me wrote there.`, {
      hint: 'Delete it: a new one is made, and this machine counts as a new host.',
      cause: error,
    })
  }
}

function isExisting(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST'
}
