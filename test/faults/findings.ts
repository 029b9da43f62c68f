import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pool } from 'pg'
import { expect, vi } from 'vitest'
import { first } from '../support/backlog.ts'
import { worktreesOf } from '../support/host.ts'
import { processesWith } from '../support/processes.ts'
import { headOf, type Machine, refsBelow, sh } from '../support/repositories.ts'
import { eventsOf, readRow } from '../support/rows.ts'
import type { Scene } from './scene.ts'

/** The job is done, its task too, and its branch on the remote holds one commit, which arrived there once. */
export async function expectDoneOnce({
  api,
  db,
  remote,
  jobId,
  taskId,
}: Pick<Scene, 'api' | 'remote' | 'jobId' | 'taskId'> & { db: { pool: Pool } }): Promise<void> {
  const job = await api.jobs.get({ job_id: jobId })
  expect(job).toMatchObject({ status: 'done', error: null })
  expect(await readRow(db.pool, 'tasks', taskId)).toMatchObject({ status: 'DONE' })
  const branches = Object.keys(await refsBelow(remote, 'refs/heads/feat'))
  expect(branches).toEqual([`refs/heads/${job.branch}`])
  expect(await headOf(remote, first(branches))).toBe(job.head_sha)
  expect(await sh(remote, 'rev-list', '--count', `main..${job.branch}`)).toBe('1')
  expect((await sh(remote, 'reflog', 'show', first(branches))).split('\n')).toHaveLength(1)
  const events = await eventsOf(db.pool, { job: jobId })
  expect(events.filter(line => line === 'claude_job_status done')).toHaveLength(1)
  expect(events.at(-1)).toBe('claude_job_status done')
}

/** No worktree stands on a machine, for git neither, and no process of ours is left there. */
export async function expectNothingStands(machine: Machine): Promise<void> {
  await vi.waitUntil(async () => (await worktreesOf(machine)).length === 0, { timeout: 15_000, interval: 50 })
  const clone = await cloneOf(machine)
  await vi.waitUntil(async () => (await worktreesOfClone(clone)) === 1, { timeout: 15_000, interval: 50 })
  await untilNoProcess(machine)
}

/** Resolves when no process of a machine is left, nor anything that one has started. */
export async function untilNoProcess({ dataDir }: Machine): Promise<void> {
  const left = () => processesWith('SCRUM4ME_DATA_DIR', dataDir)
  await vi.waitUntil(async () => (await left()).length === 0, { timeout: 15_000, interval: 100 })
}

/** Our clone of the one remote that a machine has worked with. */
export async function cloneOf({ dataDir }: Machine): Promise<string> {
  const clones = join(dataDir, 'repos', 'file')
  return join(clones, first((await readdir(clones)).filter(name => !name.startsWith('.'))))
}

async function worktreesOfClone(clone: string): Promise<number> {
  return (await sh(clone, 'worktree', 'list', '--porcelain')).match(/^worktree /gm)?.length ?? 0
}

/** The commits on which the worktrees of a machine stand now. */
export async function headsOf(machine: Machine): Promise<string[]> {
  const heads = []
  for (const name of await worktreesOf(machine)) heads.push(await headOf(join(machine.worktreesDir, name)))
  return heads
}

/** Each commit is on a branch of the remote or on a rescue ref of our clone. */
export async function expectKept(machine: Machine, commits: readonly string[]): Promise<void> {
  const clone = await cloneOf(machine)
  const places = ['refs/remotes/origin', 'refs/scrum4me/rescue']
  for (const sha of commits) expect(await sh(clone, 'for-each-ref', `--contains=${sha}`, ...places)).not.toBe('')
}
