import type { Logger } from 'pino'
import type { Announcer } from '../dispatcher/announcer.ts'
import type { Bell } from '../dispatcher/bell.ts'
import type { Dispatcher } from '../dispatcher/dispatcher.ts'
import type { Pool } from '../store/database.ts'

/** Spans of time that the server grants, in seconds. */
export interface ServerSettings {
  version: string
  /** An offer, until the host has attached; the host renews it while it sets up. */
  offerSeconds: number
  longestSetUpSeconds: number
  leaseSeconds: number
  /** What is left of a lease when its agent's connection closes. */
  closedSeconds: number
  heartbeatSeconds: number
  /** A push may start for this long after jobs.deliver, and may then take as long again. */
  pushSeconds: number
  /** A host that was seen within this span counts as alive. */
  hostAliveSeconds: number
  /** A reader of the stream looks this often when nothing rings. */
  eventPollSeconds: number
}

/** What every flow works with; made once, in open-server.ts. */
export interface Server {
  pool: Pool
  announcer: Announcer
  dispatcher: Dispatcher
  /** Rings when something may have happened, here or on another server. */
  bell: Bell
  settings: ServerSettings
  log: Logger
}

export const DEFAULT_SETTINGS: Omit<ServerSettings, 'version'> = {
  offerSeconds: 60,
  longestSetUpSeconds: 15 * 60,
  leaseSeconds: 5 * 60,
  closedSeconds: 60,
  heartbeatSeconds: 60,
  pushSeconds: 5 * 60,
  hostAliveSeconds: 3 * 60,
  eventPollSeconds: 3,
}

/** A lease is renewed three times before it ends, however short it is. */
export function settingsFor(settings: ServerSettings): ServerSettings {
  const { leaseSeconds, heartbeatSeconds } = settings
  return { ...settings, heartbeatSeconds: Math.min(heartbeatSeconds, Math.max(1, Math.floor(leaseSeconds / 3))) }
}
