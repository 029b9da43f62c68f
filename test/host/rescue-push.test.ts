import { chmod, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { finishWork } from '../../src/host/flows/finish-work.ts'
import type { Host } from '../../src/host/flows/host.ts'
import { releaseWork } from '../../src/host/flows/release-work.ts'
import { sweepRescues } from '../../src/host/flows/sweep-rescues.ts'
import { sweepWorktrees } from '../../src/host/flows/sweep-worktrees.ts'
import type { HeldWork, Worker } from '../../src/host/flows/worker.ts'
import {
  afterAnswer,
  expectNothingPushed,
  loseAllLeases,
  makeAgent,
  makeHost,
  makeWorkplace,
  rescueRef,
  takeWork,
} from '../support/host.ts'
import {
  commitElsewhere,
  commitFile,
  filesOf,
  headOf,
  makeMachine,
  refsBelow,
  sh,
  writeFiles,
} from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person } = await openTestServer()
const WHY = 'Somebody else should try this.'

test('H32 H26 work that was handed back is on origin, and another host brings it to its next attempt, which can merge it', async () => {
  const { host, worker, held, api, remote } = await startWork()
  await release(host, worker, held)
  const ref = rescueRef(held)
  expect(await filesOf(remote, ref)).toEqual(expect.arrayContaining(['hello.js', 'draft.txt']))

  const other = await makeHost(api, await makeMachine())
  const next = await takeWork(other, makeAgent(other))
  expect(next.order.previous_attempts).toMatchObject([{ claim_no: 1, rescue_ref: ref, on_origin: true }])
  expect(next.order.prompt_text).toContain(`Its work is kept: ${ref}`)
  expect(next.order.prompt_text).toContain('git merge <ref>')
  expect(await headOf(next.root, ref)).toBe(await headOf(remote, ref))
  await sh(next.order.worktree_path, 'merge', '--quiet', ref)
  expect(await filesOf(next.order.worktree_path, 'HEAD')).toEqual(expect.arrayContaining(['hello.js', 'draft.txt']))
})

test.each([
  ['another host, by way of origin', true],
  ['the same host, without a push', false],
])(
  'H26 what was saved beside the last state is there for the next attempt on %s, and named to it',
  async (_, pushes) => {
    const { host, worker, held, api, machine } = await startWork({ pushes })
    const [path, ref] = [held.order.worktree_path, rescueRef(held)]
    await writeFiles(path, { 'hello.js': 'put away' })
    await sh(path, 'stash', 'push', '--quiet', '--', 'hello.js')
    await release(host, worker, held)

    const next = await makeHost(api, pushes ? await makeMachine() : machine)
    const { root, order } = await takeWork(next, makeAgent(next))
    const beside = /kept beside it: (\S+)\)$/m.exec(order.prompt_text)?.[1] ?? ''
    expect(order.prompt_text).toContain(`Its work is kept: ${ref} (kept beside it: ${ref}-`)
    const states = [ref, beside].map(each => sh(root, 'show', `${each}:hello.js`))
    expect((await Promise.all(states)).sort()).toEqual(['half', 'put away'])
  },
)

test('H32 without a person’s word nothing but deliveries is pushed, and the next attempt is told which host has the work', async () => {
  const { host, worker, held, api, remote } = await startWork({ pushes: false })
  await release(host, worker, held)
  await sweepRescues(host)
  await expectNothingPushed(remote)
  const other = await makeHost(api, await makeMachine())
  const { order } = await takeWork(other, makeAgent(other))
  expect(order.previous_attempts).toMatchObject([
    { rescue_ref: rescueRef(held), on_origin: false, host: host.hostName },
  ])
  expect(order.prompt_text).toContain(`kept on host ${hostname()} only`)
  expect(order.prompt_text).not.toContain('git merge')
})

test('H32 a push that origin refuses loses nothing, and a sweep makes up for it once origin takes it', async () => {
  const { host, worker, held, remote } = await startWork()
  await refuse(remote)
  await finishWork(host, worker, held, { status: 'failed', error: 'It cannot be done.' })
  expect(await filesOf(held.root, rescueRef(held))).toContain('draft.txt')
  expect(await rescuesOf(held)).toEqual([{ rescue_ref: rescueRef(held), pushed: false }])
  await sweepRescues(host)
  await expectNothingPushed(remote)

  await rm(join(remote, 'hooks', 'pre-receive'))
  await sweepRescues(host)
  expect(await headOf(remote, rescueRef(held))).toBe(await headOf(held.root, rescueRef(held)))
  expect(await rescuesOf(held)).toEqual([{ rescue_ref: rescueRef(held), pushed: true }])
})

test('H32 a ref that origin has otherwise is never forced, and holds up no other', async () => {
  const { host, worker, held, remote } = await startWork()
  const theirs = await commitElsewhere(remote, 'main', 'theirs.txt')
  await sh(remote, 'update-ref', rescueRef(held), theirs)
  await release(host, worker, held)
  await sh(held.root, 'update-ref', `${rescueRef(held)}-2`, rescueRef(held))
  await sweepRescues(host)
  expect(await headOf(remote, rescueRef(held))).toBe(theirs)
  expect(await headOf(remote, `${rescueRef(held)}-2`)).toBe(await headOf(held.root, rescueRef(held)))
})

test('H58 a push of which the server was not told is told by the next sweep', async () => {
  const { host, worker, held, api, machine, remote } = await startWork()
  await refuse(remote)
  await release(host, worker, held)
  await rm(join(remote, 'hooks', 'pre-receive'))
  const cutOff = await makeHost(
    afterAnswer(api, 'judgeClaims', () =>
      db.pool.query('alter table job_attempts rename to away').then(() => undefined),
    ),
    machine,
  )
  await sweepRescues(cutOff)
  await db.pool.query('alter table away rename to job_attempts')
  expect(await refsBelow(remote, 'refs/scrum4me')).toHaveProperty(rescueRef(held))
  expect(await rescuesOf(held)).toEqual([{ rescue_ref: rescueRef(held), pushed: false }])
  await sweepRescues(host)
  expect(await rescuesOf(held)).toEqual([{ rescue_ref: rescueRef(held), pushed: true }])
})

test('H32 H25 kept work of which the server was not told is told by the next sweep, and by no other host', async () => {
  const { host, worker, held, api } = await startWork({ pushes: false })
  await release(host, worker, held)
  await sh(held.root, 'update-ref', '--create-reflog', `${rescueRef(held)}-2`, 'HEAD')
  await db.pool.query('update job_attempts set rescue_ref = null where job_id = $1', [held.order.job_id])
  await sweepRescues(await makeHost(api, await makeMachine()))
  expect(await rescuesOf(held)).toEqual([{ rescue_ref: null, pushed: false }])
  await sweepRescues(host)
  expect(await rescuesOf(held)).toEqual([{ rescue_ref: rescueRef(held), pushed: false }])
})

test('H32 H25 the work of an agent that died is pushed by a process of the host that has it, and by no other', async () => {
  const { held, api, machine, remote } = await startWork()
  held.letGo()
  await loseAllLeases({ db, server })
  const stranger = await makeHost(api, await makeMachine())
  await sweepWorktrees(stranger)
  await sweepRescues(stranger)
  await expectNothingPushed(remote)
  await sweepWorktrees(await makeHost(api, machine))
  expect(await filesOf(remote, rescueRef(held))).toContain('draft.txt')
})

test('work that is saved once more is on origin only when that state of it is there, too', async () => {
  const { host, worker, held, api, remote } = await startWork()
  await release(host, worker, held)
  await refuse(remote)
  const { job_id, attempt } = held.order
  const late = await sh(held.root, 'commit-tree', '-p', rescueRef(held), '-m', 'Late', `${rescueRef(held)}^{tree}`)
  await sh(held.root, 'update-ref', rescueRef(held), late)
  const { worker_id } = await api.hosts.register(registrationOf(host))
  const remains = { job_id, attempt, rescue_ref: rescueRef(held), removed: true }
  await api.jobs.recordRemains({ ...remains, worker_id })
  await sweepRescues(host)
  expect(await rescuesOf(held)).toEqual([{ rescue_ref: rescueRef(held), pushed: false }])
  await rm(join(remote, 'hooks', 'pre-receive'))
  await sweepRescues(host)
  expect(await headOf(remote, rescueRef(held))).toBe(late)
  expect(await rescuesOf(held)).toEqual([{ rescue_ref: rescueRef(held), pushed: true }])
})

test.each([
  'refs/heads/main',
  'refs/scrum4me/rescue/job_1/1 --force',
  '--upload-pack=x',
  'refs/scrum4me/rescue/$(id)/1',
])('H39 a host cannot have the others fetch %s as the work of an attempt', async rescue_ref => {
  const { host, held, api } = await startWork()
  const { worker_id } = await api.hosts.register(registrationOf(host))
  const { job_id, attempt } = held.order
  const remains = { worker_id, job_id, attempt, rescue_ref, removed: false }
  await expect(api.jobs.recordRemains(remains)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
})

/** A job with half of its work done, one file committed and one not, on a product whose kept work may be pushed. */
async function startWork({ pushes = true } = {}) {
  const { api } = await person()
  const place = await makeWorkplace(api)
  await api.products.update({ product_id: place.product.id, push_rescues: pushes })
  const host = await makeHost(api, place.machine)
  const worker = makeAgent(host)
  const held = await takeWork(host, worker)
  await commitFile(held.order.worktree_path, 'hello.js', 'half')
  await writeFiles(held.order.worktree_path, { 'draft.txt': 'not committed' })
  return { api, ...place, host, worker, held }
}

/** Hands the job back, and lets its back-off pass. */
async function release(host: Host, worker: Worker, held: HeldWork): Promise<void> {
  await releaseWork(host, worker, held, WHY)
  await db.moveClock('1 hour')
}

async function rescuesOf({ order }: HeldWork) {
  const { rows } = await db.pool.query(
    'select rescue_ref, rescue_pushed_at is not null as pushed from job_attempts where job_id = $1',
    [order.job_id],
  )
  return rows
}

function registrationOf({ hostId }: Host): Parameters<ApiClient['hosts']['register']>[0] {
  return { host_id: hostId, host_name: 'test', version: '0.1.0-test', worker_name: 'test' }
}

async function refuse(remote: string): Promise<void> {
  await writeFiles(remote, { 'hooks/pre-receive': '#!/bin/sh\necho "protected: ask the owner" >&2\nexit 1\n' })
  await chmod(join(remote, 'hooks', 'pre-receive'), 0o755)
}
