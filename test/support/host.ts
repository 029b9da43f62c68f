import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import pino from 'pino'
import { expect, onTestFinished } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import type { WorkOrder } from '../../src/contract/work-order.ts'
import { AppError } from '../../src/errors.ts'
import type { Host } from '../../src/host/flows/host.ts'
import type { Report } from '../../src/host/flows/report.ts'
import { type WaitWish, waitForWork } from '../../src/host/flows/wait-for-work.ts'
import { type HeldWork, Worker } from '../../src/host/flows/worker.ts'
import { type HostOptions, openHost } from '../../src/host/open-host.ts'
import { reapStaleJobs } from '../../src/server/flows/reap-stale-jobs.ts'
import { first, makeBacklog } from './backlog.ts'
import { type Machine, makeMachine, makeRemote, refsBelow, sh } from './repositories.ts'
import type { TestServer } from './server.ts'

/** What an agent reports that did what its plan wants. */
export const DONE: Report = { status: 'done', summary: 'Said hello, as the plan wants it.' }

/** A host on a machine of its own; its timers rest, so that the test makes things happen. */
export async function makeHost(api: ApiClient, machine: Machine, options: Partial<HostOptions> = {}): Promise<Host> {
  const { env, dataDir, worktreesDir, home } = machine
  return openHost({
    api,
    env,
    dataDir,
    worktreesDir,
    version: '0.1.0-test',
    roots: { env: {}, repoRoots: {}, allowOrigin: {}, homeDir: home, dataDir },
    log: pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' }),
    ...options,
  })
}

/** An agent of a host, which goes away when the test is over. */
export function makeAgent(host: Host): Worker {
  const worker = new Worker(host, 'test-agent')
  onTestFinished(() => worker.close())
  return worker
}

/** A machine, a bare remote, and a backlog of which every task is queued, in order, unless that is not wished. */
export async function makeWorkplace(
  api: ApiClient,
  { queued = true, ...wish }: { queued?: boolean; stories?: number; tasks?: number; plan?: string } = {},
  url?: string,
) {
  const machine = await makeMachine()
  const remote = await makeRemote(machine)
  const repoUrl = url ?? pathToFileURL(remote).href
  const backlog = await makeBacklog(api, { ...wish, repoUrl })
  const jobIds: string[] = []
  if (queued) for (const task of backlog.tasks) jobIds.push((await api.jobs.dispatch({ task_id: task.id })).job_id)
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

/** Lets every lease end by the clock and the reaper see it. */
export async function loseAllLeases({ db, server }: Pick<TestServer, 'db' | 'server'>): Promise<void> {
  await db.moveClock('1 hour')
  await reapStaleJobs(server)
}

/** The api with something that happens each time right after one of its job procedures was answered. */
export function afterAnswer(api: ApiClient, name: keyof ApiClient['jobs'], act: () => Promise<void> | void): ApiClient {
  const jobs = replace(api.jobs, name, async (...args: unknown[]) => {
    const answer: unknown = await Reflect.apply(api.jobs[name], undefined, args)
    await act()
    return answer
  })
  return replace(api, 'jobs', jobs)
}

/** The api with something that happens each time before one of its job procedures is called. */
export function beforeCall(api: ApiClient, name: keyof ApiClient['jobs'], act: () => Promise<void> | void): ApiClient {
  const jobs = replace(api.jobs, name, async (...args: unknown[]) => {
    await act()
    return Reflect.apply(api.jobs[name], undefined, args)
  })
  return replace(api, 'jobs', jobs)
}

/** The api of which nobody hears one of the job procedures, for as long as the test says so. */
export function cutOff(api: ApiClient, name: keyof ApiClient['jobs'], isCut: () => boolean): ApiClient {
  return beforeCall(api, name, () => {
    if (isCut()) throw new AppError('SERVER_UNAVAILABLE', 'Nothing answers.')
  })
}

/** The client makes its procedures when they are asked for, so there is nothing to copy. */
function replace<T extends object>(target: T, name: keyof T, value: unknown): T {
  return new Proxy(target, { get: (from, key) => (key === name ? value : Reflect.get(from, key)) })
}

/** A host's settings in which a person named the repository of a product. */
export function namedRoot(machine: Machine, productId: string, root: string) {
  const { home: homeDir, dataDir } = machine
  return { env: {}, repoRoots: { [productId]: root }, allowOrigin: {}, homeDir, dataDir }
}

/** No worktree folder, no worktree on git's record, and no branch of ours in our clone of the remote. */
export async function expectNothingLeft(machine: Machine, remote: string): Promise<void> {
  expect(await worktreesOf(machine)).toEqual([])
  const clones = join(machine.dataDir, 'repos', 'file')
  const clone = join(clones, first(await readdir(clones)))
  expect((await sh(clone, 'worktree', 'list', '--porcelain')).match(/^worktree /gm)).toHaveLength(1)
  expect(await refsBelow(clone, 'refs/heads/feat')).toEqual({})
  expect(Object.keys(await refsBelow(remote, 'refs'))).toEqual(['refs/heads/main'])
}

/** The folders of the worktrees that stand on a machine. */
export async function worktreesOf(machine: Machine): Promise<string[]> {
  await mkdir(machine.worktreesDir, { recursive: true })
  return readdir(machine.worktreesDir)
}

/** Nobody has pushed anything to a remote. */
export async function expectNothingPushed(remote: string): Promise<void> {
  expect(Object.keys(await refsBelow(remote, 'refs'))).toEqual(['refs/heads/main'])
}

/** Where the work of an attempt is kept. */
export function rescueRef({ order }: HeldWork): string {
  return `refs/scrum4me/rescue/${order.job_id}/${order.attempt}`
}
