import { hostname } from 'node:os'
import type { Logger } from 'pino'
import type { ApiClient } from '../contract/client.ts'
import { DEFAULT_LIMITS, type Host, type HostLimits } from './flows/host.ts'
import { readHostId } from './flows/host-identity.ts'
import { createGit } from './git/git.ts'
import type { RootSettings } from './git/repository-root.ts'

export interface HostOptions {
  api: ApiClient
  version: string
  dataDir: string
  worktreesDir: string
  /** The environment that git inherits. */
  env: Record<string, string | undefined>
  roots: RootSettings
  log: Logger
  overrides?: Host['overrides']
  limits?: Partial<HostLimits>
}

/** Opens the host's half of one data folder on a server. */
export async function openHost(options: HostOptions): Promise<Host> {
  const { api, version, worktreesDir, roots, log } = options
  return {
    api,
    version,
    worktreesDir,
    roots,
    log,
    hostId: await readHostId(options.dataDir),
    hostName: hostname(),
    git: createGit({ env: options.env }),
    overrides: options.overrides ?? { kinds: {} },
    limits: { ...DEFAULT_LIMITS, ...options.limits },
  }
}
