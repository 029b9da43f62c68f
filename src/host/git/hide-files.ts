import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Git } from './git.ts'
import { configureWorktree } from './worktree-config.ts'
import { isMissing } from './worktree-path.ts'

/**
 * Keeps the untracked files of a worktree that was just made out of its status, and so out of commits and rescues, by
 * a list of its own of what is ignored. Returns those that the repository insists on showing (`!name` in a .gitignore).
 */
export async function hideUntracked(git: Git, root: string, path: string, signal?: AbortSignal): Promise<string[]> {
  const shown = await listShown(git, path, signal)
  if (shown.length === 0) return []
  const record = await git.run(path, ['rev-parse', '--absolute-git-dir'], { signal })
  const file = join(record.stdout.replace(/\n$/, ''), 'scrum4me-exclude')
  const usual = await readUsual(git, path)
  await writeFile(file, `${[usual, ...shown.map(toPattern)].join('\n')}\n`)
  await configureWorktree(git, root, path, [['core.excludesFile', file]])
  return listShown(git, path, signal)
}

async function listShown(git: Git, path: string, signal: AbortSignal | undefined): Promise<string[]> {
  const args = ['ls-files', '-z', '--others', '--exclude-standard']
  return (await git.run(path, args, { signal, long: true })).stdout.split('\0').filter(file => file !== '')
}

/** There is room for one list only, so the person's own goes into it. */
async function readUsual(git: Git, path: string): Promise<string> {
  const args = ['config', '--type=path', '--default=~/.config/git/ignore', '--get', 'core.excludesFile']
  // Without a home there is no list either.
  const configured = (await git.run(path, args, { okExitCodes: [0, 1, 128] })).stdout.replace(/\n$/, '')
  try {
    return configured === '' ? '' : await readFile(configured, 'utf8')
  } catch (cause) {
    if (isMissing(cause)) return ''
    throw cause
  }
}

function toPattern(file: string): string {
  return `/${file.replace(/[\\*?[\] ]/g, '\\$&')}`
}
