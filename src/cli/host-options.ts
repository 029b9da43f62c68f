import type { Config } from '../config.ts'
import type { ApiClient } from '../contract/client.ts'
import type { HostLimits } from '../host/flows/host.ts'
import type { HostOptions } from '../host/open-host.ts'
import { createLog } from './create-log.ts'
import { loadConfig } from './load-config.ts'
import type { Terminal } from './terminal.ts'

/** What of this machine's half needs no server, as it is configured. */
export function localHostOptions(terminal: Terminal, config: Config) {
  return {
    dataDir: config.dataDir,
    worktreesDir: config.worktreesDir,
    env: terminal.env,
    roots: { ...config, env: terminal.env },
    log: createLog(terminal, config.logLevel),
  }
}

/** This machine's half as it is configured, on an api. */
export function hostOptions(terminal: Terminal, config: Config, api: ApiClient): HostOptions {
  return {
    ...localHostOptions(terminal, config),
    api,
    version: terminal.version,
    readRoots: async () => ({ ...(await loadConfig(terminal)), env: terminal.env }),
    overrides: config.overrides,
    limits: limitsOf(config),
  }
}

/** What is not configured is left to the host. */
function limitsOf({ maxWaitSeconds, keepRescuesDays, minFreeBytes }: Config): Partial<HostLimits> {
  return {
    maxWaitSeconds,
    ...(keepRescuesDays !== null && { keepRescuesMs: keepRescuesDays * DAY_MS }),
    ...(minFreeBytes !== null && { minFreeBytes }),
  }
}

const DAY_MS = 24 * 60 * 60_000
