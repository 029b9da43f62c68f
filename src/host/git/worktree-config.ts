import { join } from 'node:path'
import type { Git } from './git.ts'

/** Gives the one worktree at `path` settings that hold for it alone. */
export async function configureWorktree(
  git: Git,
  root: string,
  path: string,
  settings: readonly (readonly [key: string, value: string])[],
): Promise<void> {
  await allowWorktreeConfig(git, root)
  for (const [key, value] of settings) await git.run(path, ['config', '--worktree', key, value])
}

/**
 * Lets worktrees have settings of their own. `core.bare` and `core.worktree` of the common file would then hold for every
 * worktree, so they move to the main one's file, as git's manual asks; also when one that began this was killed on the way.
 */
async function allowWorktreeConfig(git: Git, root: string): Promise<void> {
  const common = (await git.run(root, ['rev-parse', '--path-format=absolute', '--git-common-dir'])).stdout.trimEnd()
  const file = join(common, 'config')
  const set = await readSettings(git, root, file)
  const moving = ['core.bare', 'core.worktree'].flatMap(key => {
    const value = set.get(key) ?? 'false'
    return value === 'false' ? [] : [{ key, value }]
  })
  for (const { key, value } of moving)
    await git.run(root, ['config', '--file', join(common, 'config.worktree'), key, value])
  if (set.get('extensions.worktreeconfig') !== 'true')
    await git.run(root, ['config', '--file', file, 'extensions.worktreeConfig', 'true'])
  for (const { key } of moving) await git.run(root, ['config', '--file', file, '--unset', key], { okExitCodes: [0, 5] })
}

/** The settings that matter here, by their names in lower case; of one that is there twice the last holds. */
async function readSettings(git: Git, root: string, file: string): Promise<Map<string, string>> {
  const asked = '^(extensions[.]worktreeconfig|core[.](bare|worktree))$'
  const args = ['config', '--file', file, '--null', '--get-regexp', asked]
  const entries = (await git.run(root, args, { okExitCodes: [0, 1] })).stdout.split('\0').filter(Boolean)
  return new Map(entries.map(entry => entry.split('\n')).map(([key = '', ...value]) => [key, value.join('\n')]))
}
