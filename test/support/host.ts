import { pathToFileURL } from 'node:url'
import pino from 'pino'
import type { ApiClient } from '../../src/contract/client.ts'
import type { WorkOrder } from '../../src/contract/work.ts'
import type { Host } from '../../src/host/flows/host.ts'
import { type WaitWish, waitForWork } from '../../src/host/flows/wait-for-work.ts'
import { type HeldWork, Worker } from '../../src/host/flows/worker.ts'
import { type HostOptions, openHost } from '../../src/host/open-host.ts'
import { makeBacklog } from './backlog.ts'
import { type Machine, makeMachine, makeRemote } from './repositories.ts'

/** A host on a machine of its own; its timers rest, so that the test makes things happen. */
export async function makeHost(api: ApiClient, machine: Machine, options: Partial<HostOptions> = {}): Promise<Host> {
  const { env, dataDir, worktreesDir, home } = machine
  return openHost({
    api,
    env,
    dataDir,
    worktreesDir,
    version: '0.0.0-test',
    roots: { env: {}, repoRoots: {}, allowOrigin: {}, homeDir: home, dataDir },
    log: pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' }),
    ...options,
  })
}

/** An agent of a host. */
export function makeAgent(host: Host): Worker {
  return new Worker(host, () => 'test-agent')
}

/** A machine, a bare remote, and a backlog of which every task is queued, in order. */
export async function makeWorkplace(api: ApiClient, wish: Omit<Parameters<typeof makeBacklog>[1], 'repoUrl'> = {}) {
  const machine = await makeMachine()
  const remote = await makeRemote(machine)
  const repoUrl = pathToFileURL(remote).href
  const backlog = await makeBacklog(api, { ...wish, repoUrl })
  const jobIds: string[] = []
  for (const task of backlog.tasks) jobIds.push((await api.jobs.dispatch({ task_id: task.id })).job_id)
  return { machine, remote, repoUrl, ...backlog, jobIds }
}

/** Asks once for work, as an agent would that does not wait. */
export function askForWork(
  host: Host,
  worker: Worker,
  signal = new AbortController().signal,
  wish: Partial<WaitWish> = {},
): Promise<WorkOrder | null> {
  return waitForWork(host, worker, { productId: null, deadline: Date.now(), ...wish }, signal)
}

/** Takes the next job; throws when there is none. */
export async function takeWork(host: Host, worker: Worker): Promise<HeldWork> {
  const order = await askForWork(host, worker)
  if (!order || !worker.held) throw new Error('there was no work')
  return worker.held
}
