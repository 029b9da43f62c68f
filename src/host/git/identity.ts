import type { Git } from './git.ts'
import { configureWorktree } from './worktree-config.ts'

/**
 * On a machine without a git identity, gives the worktree at `path` one of its own, so that an agent can commit. Ends
 * also what one began who was killed while it let worktrees have settings of their own: it is a bare one until then.
 */
export async function ensureIdentity(git: Git, root: string, path: string): Promise<void> {
  const { stdout: known } = await git.run(path, ['config', '--get-regexp', ASKED], { okExitCodes: [0, 1] })
  const missing = Object.entries(IDENTITY).filter(([key]) => !new RegExp(`^${key} .`, 'm').test(known))
  const isHalfMade = /^extensions\.worktreeconfig true$/m.test(known) && /^core\.bare true$/m.test(known)
  if (missing.length > 0 || isHalfMade) await configureWorktree(git, root, path, missing)
}

const ASKED = '^(user\\.(name|email)|core\\.bare|extensions\\.worktreeconfig)$'

const IDENTITY = { 'user.name': 'Scrum4Me agent', 'user.email': 'agent@scrum4me.invalid' }
