import type { Check } from '../check.ts'
import { clients } from './clients.ts'
import { configuration } from './configuration.ts'
import { dataFolder } from './data-folder.ts'
import { git } from './git.ts'
import { node } from './node.ts'
import { port } from './port.ts'
import { repositories } from './repositories.ts'
import { server } from './server.ts'
import { tokens } from './tokens.ts'
import { worktrees } from './worktrees.ts'

/** What `doctor` looks at, in this order. */
export const CHECKS: readonly Check[] = [
  node,
  git,
  configuration,
  dataFolder,
  port,
  server,
  tokens,
  repositories,
  worktrees,
  clients,
]
