import type { Pool } from 'pg'
import type { Logger } from 'pino'
import type { Announcer } from '../dispatcher/announcer.ts'
import type { Dispatcher } from '../dispatcher/dispatcher.ts'

/** Spans of time that the server grants, in seconds. */
export interface ServerSettings {
  version: string
  /** An offer, until the host has attached; the host renews it while it sets up. */
  offerSeconds: number
  longestSetUpSeconds: number
  leaseSeconds: number
  heartbeatSeconds: number
  /** A push may start for this long after jobs.deliver, and may then take as long again. */
  pushSeconds: number
  /** A host that was seen within this span counts as alive. */
  hostAliveSeconds: number
}

/** What every flow works with; made once, in open-server.ts. */
export interface Server {
  pool: Pool
  announcer: Announcer
  dispatcher: Dispatcher
  settings: ServerSettings
  log: Logger
}

export const DEFAULT_SETTINGS: Omit<ServerSettings, 'version'> = {
  offerSeconds: 60,
  longestSetUpSeconds: 15 * 60,
  leaseSeconds: 5 * 60,
  heartbeatSeconds: 60,
  pushSeconds: 5 * 60,
  hostAliveSeconds: 3 * 60,
}
