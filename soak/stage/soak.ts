import { setMaxListeners } from 'node:events'
import { chmod, mkdir, mkdtemp, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import getPort from 'get-port'
import pg from 'pg'
import type { ApiClient } from '../../src/contract/client.ts'
import { remoteApi } from '../../src/host/remote/remote-api.ts'
import { startPostgres } from '../../src/server/postgres/start-postgres.ts'
import { makeRemote, sh } from '../../test/support/repositories.ts'
import { type Journal, openJournal } from '../agents/journal.ts'
import { makeSlot, type Slot } from '../agents/slot.ts'
import { type Clock, makeClock } from '../look/clock.ts'
import type { SoakOptions } from '../options.ts'
import { makeSoakMachine, type SoakMachine } from './machine.ts'
import { openSoakServer, type SoakServer } from './soak-server.ts'

/** Everything of one soak: a server, machines with their hosts, remotes, and what is written down of it. */
export interface Soak {
  options: SoakOptions
  folder: string
  server: SoakServer
  machines: SoakMachine[]
  slots: Slot[]
  /** Bare repositories. */
  remotes: string[]
  repoUrls: string[]
  /** The owner's. */
  api: ApiClient
  /** The database, seen from outside. */
  pool: pg.Pool
  clock: Clock
  journal: Journal
  /** By performance.now(). */
  began: number
  /** Aborts when the kills are over, and nobody sleeps any longer. */
  awake: AbortController
  /** Aborts when nothing is left to do, or the soak is given up. */
  over: AbortController
}

/** So many hosts share a machine: its data folder, its clones and its folder for worktrees. */
const HOSTS_OF_A_MACHINE = 5
const JOBS_OF_A_REPOSITORY = 100
const LEASE_SECONDS = '10'
/** A call of the person's may meet a server that is down for long. */
const RETRIES = 60

/** Makes the place, and starts the server in it. */
export async function openSoak(options: SoakOptions): Promise<Soak> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'scrum4me-soak-')))
  // As root, PostgreSQL's own account must be able to pass, or its cluster would lie elsewhere.
  await chmod(folder, 0o711)
  await mkdir(join(folder, 'logs'))
  const port = String(await getPort())
  const variables = { SCRUM4ME_PORT: port, SCRUM4ME_LEASE_SECONDS: LEASE_SECONDS }
  const serverMachine = await makeSoakMachine(folder, 'server', variables)
  await chmod(serverMachine.dir, 0o711)
  const { server, url, token, personToken } = await openSoakServer(serverMachine, join(folder, 'logs', 'server.log'))
  const { databaseUrl } = await startPostgres({ dataDir: serverMachine.dataDir, log: () => undefined })
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 })
  // PostgreSQL is killed now and then; whoever looks, looks again.
  pool.on('error', () => undefined)
  const machines = await makeMachines(folder, options.hosts, { SCRUM4ME_URL: url, SCRUM4ME_TOKEN: token })
  const remotes = await makeRemotes(folder, Math.min(4, Math.max(2, Math.ceil(options.jobs / JOBS_OF_A_REPOSITORY))))
  return {
    ...{ options, folder, server, machines, remotes, pool },
    repoUrls: remotes.map(remote => pathToFileURL(remote).href),
    slots: makeSlots(folder, machines, options.hosts),
    api: remoteApi({ url, token: personToken, version: '0.1.0', retries: RETRIES }),
    clock: makeClock(pool),
    journal: openJournal(folder),
    began: performance.now(),
    awake: manyCanListen(),
    over: manyCanListen(),
  }
}

async function makeMachines(folder: string, hosts: number, variables: Record<string, string>): Promise<SoakMachine[]> {
  const count = Math.max(Math.min(hosts, 2), Math.ceil(hosts / HOSTS_OF_A_MACHINE))
  const machines: SoakMachine[] = []
  for (let n = 1; n <= count; n++) machines.push(await makeSoakMachine(folder, `machine-${n}`, variables))
  return machines
}

function makeSlots(folder: string, machines: readonly SoakMachine[], hosts: number): Slot[] {
  const slots: Slot[] = []
  for (let n = 0; n < hosts; n++) {
    const machine = machines[n % machines.length]
    if (machine) slots.push(makeSlot(machine, `host-${n + 1}`, join(folder, 'logs')))
  }
  return slots
}

/** Every agent and every strike waits on it. */
function manyCanListen(): AbortController {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  return controller
}

/** Each remembers every push to it. */
async function makeRemotes(folder: string, count: number): Promise<string[]> {
  const dir = join(folder, 'remotes')
  await mkdir(dir)
  const remotes: string[] = []
  for (let n = 1; n <= count; n++) {
    const remote = await makeRemote({ dir }, `product-${n}.git`)
    await sh(remote, 'config', 'core.logAllRefUpdates', 'always')
    remotes.push(remote)
  }
  return remotes
}
