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
 * Lets worktrees have settings of their own. From then on `core.bare` and `core.worktree` of the common file would hold
 * for every worktree, so they move to the main one's file, as git's manual asks.
 */
async function allowWorktreeConfig(git: Git, root: string): Promise<void> {
  const common = (await git.run(root, ['rev-parse', '--path-format=absolute', '--git-common-dir'])).stdout.trimEnd()
  const file = join(common, 'config')
  const read = async (key: string) =>
    (await git.run(root, ['config', '--file', file, '--get', key], { okExitCodes: [0, 1] })).stdout.trimEnd()
  if ((await read('extensions.worktreeConfig')) === 'true') return
  const moving = [
    { key: 'core.bare', value: await read('core.bare') },
    { key: 'core.worktree', value: await read('core.worktree') },
  ].filter(({ value }) => value !== '' && value !== 'false')
  for (const { key, value } of moving)
    await git.run(root, ['config', '--file', join(common, 'config.worktree'), key, value])
  await git.run(root, ['config', '--file', file, 'extensions.worktreeConfig', 'true'])
  for (const { key } of moving) await git.run(root, ['config', '--file', file, '--unset', key], { okExitCodes: [0, 5] })
}
