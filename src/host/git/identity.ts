import type { Git } from './git.ts'
import { configureWorktree } from './worktree-config.ts'

/** On a machine without a git identity, gives the worktree at `path` one of its own, so that an agent can commit. */
export async function ensureIdentity(git: Git, root: string, path: string): Promise<void> {
  const known = await git.run(path, ['config', '--get-regexp', '^user\\.(name|email)$'], { okExitCodes: [0, 1] })
  const missing = Object.entries(IDENTITY).filter(([key]) => !new RegExp(`^${key} .`, 'm').test(known.stdout))
  if (missing.length > 0) await configureWorktree(git, root, path, missing)
}

const IDENTITY = { 'user.name': 'Scrum4Me agent', 'user.email': 'agent@scrum4me.invalid' }
