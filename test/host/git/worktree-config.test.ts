import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeMachine, makeRemote, openFor, sh, USUAL_CONFIG } from '../../support/repositories.ts'

test.each([
  ['core.bare', ''],
  ['core.bare', USUAL_CONFIG],
  ['extensions.worktreeConfig', ''],
  ['extensions.worktreeConfig', USUAL_CONFIG],
])(
  'H40 a bare root of a person works when a process was killed while it made room for settings of worktrees: %s %j',
  async (left, gitConfig) => {
    const machine = await makeMachine(gitConfig)
    const remote = await makeRemote(machine)
    const root = join(machine.dir, 'bare')
    await sh(machine.dir, 'clone', '--quiet', '--bare', remote, root)
    // Both are there for a moment: first the extension is switched on, then what holds for the main one alone moves.
    await sh(root, 'config', 'extensions.worktreeConfig', 'true')
    if (left === 'extensions.worktreeConfig') await sh(root, 'config', '--worktree', 'core.bare', 'true')
    const { path } = await openFor(machine, root)
    expect(await sh(path, 'status', '--porcelain')).toBe('')
    expect(await sh(root, 'config', '--file', join(root, 'config'), '--default', 'none', 'core.bare')).toBe('none')
    expect(await sh(root, 'rev-parse', '--is-bare-repository')).toBe('true')
  },
)
