import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Git } from './git.ts'

/**
 * The untracked files of a working tree, ignored ones included, that lines in the syntax of a gitignore file match: paths
 * from its top. Links are listed as what they are, other repositories inside it not at all; a bare repository has none.
 */
export async function matchUntracked(
  git: Git,
  root: string,
  patterns: string,
  signal?: AbortSignal,
): Promise<string[]> {
  const inside = await git.run(root, ['rev-parse', '--is-inside-work-tree'], { signal })
  if (inside.stdout.trim() !== 'true' || patterns.trim() === '') return []
  const file = join(tmpdir(), `scrum4me-patterns-${randomUUID()}`)
  try {
    await writeFile(file, patterns, { flag: 'wx', mode: 0o600 })
    const args = ['ls-files', '-z', '--others', '--ignored', `--exclude-from=${file}`]
    const { stdout } = await git.run(root, args, { signal, long: true })
    return stdout.split('\0').filter(path => path !== '' && !path.endsWith('/'))
  } finally {
    await rm(file, { force: true })
  }
}
