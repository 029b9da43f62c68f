import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { sizeOf } from '../../../domain/size.ts'
import { isMissing } from '../../../host/git/worktree-path.ts'
import { type Check, ok, warning } from '../check.ts'

const MUCH = 20_000_000_000
/** A tree of node_modules can be endless; a rough answer will do. */
const LONGEST_MS = 3_000

export const worktrees: Check = {
  name: 'worktrees',
  run: async ({ config }) => {
    if (config instanceof Error) return []
    const folder = config.worktreesDir
    const count = (await entriesOf(folder)).filter(entry => entry.isDirectory()).length
    if (count === 0) return [ok('No worktree stands.')]
    const { bytes, isWhole } = await weigh(folder, performance.now() + LONGEST_MS)
    const what = `${count} ${count === 1 ? 'stands' : 'stand'} in ${folder}: ${isWhole ? '' : 'more than '}${sizeOf(bytes)}.`
    if (bytes < MUCH) return [ok(what)]
    return [
      warning(
        what,
        'Look with `scrum4me worktree list`; `scrum4me worktree clean` removes what no job needs any longer.',
      ),
    ]
  },
}

async function weigh(top: string, deadline: number): Promise<{ bytes: number; isWhole: boolean }> {
  const left = [top]
  let bytes = 0
  for (let folder = left.pop(); folder !== undefined; folder = left.pop()) {
    if (performance.now() > deadline) return { bytes, isWhole: false }
    const here = folder
    const entries = await entriesOf(here)
    left.push(...entries.filter(entry => entry.isDirectory()).map(entry => join(here, entry.name)))
    const files = entries.filter(entry => entry.isFile())
    bytes += (await Promise.all(files.map(file => sizeAt(join(here, file.name))))).reduce((sum, size) => sum + size, 0)
  }
  return { bytes, isWhole: true }
}

async function entriesOf(folder: string) {
  return whenThere(readdir(folder, { withFileTypes: true }), [])
}

async function sizeAt(file: string): Promise<number> {
  return whenThere(
    lstat(file).then(({ size }) => size),
    0,
  )
}

/** Agents are at work there: what was there a moment ago may be gone. */
async function whenThere<T>(reading: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await reading
  } catch (error) {
    if (isMissing(error)) return otherwise
    throw error
  }
}
