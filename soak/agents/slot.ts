import { openSync } from 'node:fs'
import { join } from 'node:path'
import { ERAS, type Era } from '../../test/support/mcp-client.ts'
import type { SoakMachine } from '../stage/machine.ts'
import type { Connection } from './connection.ts'

/** A place for an agent on a machine: its host is started there again and again. */
export interface Slot {
  name: string
  machine: SoakMachine
  era: Era
  /** Where its hosts' stderr goes. */
  logFd: number
  /** Counts the hosts that were started here. */
  lives: number
  connection: Connection | null
  doing: 'away' | 'waiting' | 'working'
  /** Its host is asleep: stopped, not ended. */
  asleep: boolean
  /** Not before this, by Date.now(), its next host is started. */
  backAt: number
  /** A claim that its agent wants to go on with. */
  resume: { job_id: string; claim_token: string } | null
}

/** One agent in four speaks the newest protocol, whose clients start a host twice. */
const NEWEST_IN = 4

export function makeSlot(machine: SoakMachine, name: string, logs: string): Slot {
  const isNewest = Number(name.replace(/\D/g, '')) % NEWEST_IN === 0
  const nothing = { lives: 0, connection: null, doing: 'away' as const, asleep: false, backAt: 0, resume: null }
  return { name, machine, era: ERAS[isNewest ? 1 : 0], logFd: openSync(join(logs, `${name}.log`), 'a'), ...nothing }
}
