import type { Logger } from 'pino'
import type { ApiClient } from '../../contract/client.ts'
import type { SettingOverrides } from '../../contract/work.ts'
import type { JobKind } from '../../domain/job-kinds.ts'
import type { RunCommand } from '../commands/run-command.ts'
import type { Git } from '../git/git.ts'
import type { RootSettings } from '../git/repository-root.ts'
import type { StatFs } from './free-space.ts'

/** One machine's half: what every flow works with; made once, in open-host.ts. */
export interface Host {
  api: ApiClient
  git: Git
  runCommand: RunCommand
  /** The data folder's own id, so that a restart is the same host. */
  hostId: string
  hostName: string
  version: string
  roots: RootSettings
  /** The same as it is configured now: a person may name a root while the host runs. */
  readRoots: () => Promise<RootSettings>
  worktreesDir: string
  /** What this machine's configuration says of models and of each kind's defaults. */
  overrides: { models?: SettingOverrides['models']; kinds: Partial<Record<JobKind, SettingOverrides['kind']>> }
  log: Logger
  statfs: StatFs
  /** By the machine's clock, in ms since 1970. */
  now: () => number
  limits: HostLimits
}

/** What of a host works without a server. */
export type LocalHost = Pick<Host, 'git' | 'roots' | 'worktreesDir' | 'log'>

export interface HostLimits {
  /** Between two renewals of a lease, and of an offer during set-up; a fraction of either. */
  renewLeaseMs: number
  renewOfferMs: number
  /** Between two looks whether an agent has called or changed its worktree. */
  activityMs: number
  /** One question to the server for work; short enough for any proxy in between. */
  sliceMs: number
  pushMs: number
  /** Before a wait looks again for a server that is away. */
  awayPauseMs: number
  /** Between two sweeps for worktrees of dead attempts. */
  sweepMs: number
  /** How long rescue refs are kept after their jobs have ended, if not until a branch of origin has their commits. */
  keepRescuesMs: number | null
  /** Below this on the disk for worktrees or data no job is taken; 0 looks at neither. */
  minFreeBytes: number
  /** The longest wait that a person allows; null leaves it to what the client bears. */
  maxWaitSeconds: number | null
}

export const DEFAULT_LIMITS: HostLimits = {
  renewLeaseMs: 60_000,
  renewOfferMs: 20_000,
  activityMs: 60_000,
  sliceMs: 50_000,
  pushMs: 5 * 60_000,
  awayPauseMs: 1_000,
  sweepMs: 60_000,
  keepRescuesMs: null,
  minFreeBytes: 1_024 ** 3,
  maxWaitSeconds: null,
}
