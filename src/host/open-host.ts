import { statfs } from 'node:fs/promises'
import { hostname } from 'node:os'
import type { Logger } from 'pino'
import type { ApiClient } from '../contract/client.ts'
import { createCommands } from './commands/run-command.ts'
import { greetServer } from './flows/greet-server.ts'
import { DEFAULT_LIMITS, type Host, type HostLimits, type LocalHost } from './flows/host.ts'
import { readHostId } from './flows/host-identity.ts'
import { createGit } from './git/git.ts'
import { createHealer } from './git/heal.ts'
import type { RootSettings } from './git/repository-root.ts'

export interface HostOptions {
  api: ApiClient
  version: string
  dataDir: string
  worktreesDir: string
  /** The environment that git inherits, and, without our secrets, the repositories' own commands. */
  env: Record<string, string | undefined>
  roots: RootSettings
  /** For every job anew; without it, `roots` holds for as long as the host runs. */
  readRoots?: Host['readRoots']
  log: Logger
  overrides?: Host['overrides']
  statfs?: Host['statfs']
  now?: Host['now']
  limits?: Partial<HostLimits>
}

/** What of a host needs no server, on one data folder. */
export function openLocalHost({
  env,
  dataDir,
  worktreesDir,
  roots,
  log,
}: Pick<HostOptions, 'env' | 'dataDir' | 'worktreesDir' | 'roots' | 'log'>): LocalHost {
  const tell = (path: string) => log.warn({ path }, 'what a killed git had left was removed')
  return { git: createGit({ env, heal: createHealer({ dataDir, worktreesDir, tell }) }), worktreesDir, roots, log }
}

/** Opens the host's half of one data folder on a server, which must answer. */
export async function openHost(options: HostOptions): Promise<Host> {
  const { api, version, roots } = options
  await greetServer(api)
  return {
    ...openLocalHost(options),
    api,
    version,
    readRoots: options.readRoots ?? (async () => roots),
    statfs: options.statfs ?? statfs,
    now: options.now ?? Date.now,
    hostId: await readHostId(options.dataDir),
    hostName: hostname(),
    runCommand: createCommands({ env: options.env }),
    overrides: options.overrides ?? { kinds: {} },
    limits: { ...DEFAULT_LIMITS, ...options.limits },
  }
}
