import { rename } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { finishWork } from '../../src/host/flows/finish-work.ts'
import { releaseWork } from '../../src/host/flows/release-work.ts'
import { sweepRescues } from '../../src/host/flows/sweep-rescues.ts'
import { sweepWorktrees } from '../../src/host/flows/sweep-worktrees.ts'
import { dropRescue, dropRescueOnOrigin } from '../../src/host/git/drop-rescue.ts'
import { listRescueRefs } from '../../src/host/git/rescue-refs.ts'
import type { HostOptions } from '../../src/host/open-host.ts'
import { first } from '../support/backlog.ts'
import { makeAgent, makeHost, makeWorkplace, rescueRef, takeWork } from '../support/host.ts'
import { commitFile, headOf, makeMachine, refsBelow, sh, writeFiles } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { db, person } = await openTestServer()
const FAILED = { status: 'failed', error: 'It cannot be done.' } as const
const KEPT = 'refs/scrum4me'

/** Machines whose clocks are some days ahead. */
const ahead = (days: number): Partial<HostOptions> => ({ now: () => Date.now() + days * 86_400_000 })

/** Machines that keep such work for a month. */
const aMonth = (days: number): Partial<HostOptions> => ({ ...ahead(days), limits: { keepRescuesMs: 30 * 86_400_000 } })

test('H26 kept work that is on no branch stays for ever, unless a person has set a time for it', async () => {
  const { held, hostWith } = await endWork()
  expect(await sweepRescues(await hostWith(ahead(4_000)))).toEqual([])
  expect(await refsBelow(held.root, KEPT)).toHaveProperty(rescueRef(held))
})

test('H26 kept work whose job ended longer ago than it is to be kept goes here, on origin and at the server', async () => {
  const { held, remote, hostWith } = await endWork()
  expect(Object.keys(await refsBelow(remote, KEPT))).toEqual([rescueRef(held)])
  expect(await sweepRescues(await hostWith(aMonth(29)))).toEqual([])
  expect(await sweepRescues(await hostWith(aMonth(31)))).toEqual([rescueRef(held)])
  expect([await refsBelow(held.root, KEPT), await refsBelow(remote, KEPT)]).toEqual([{}, {}])
  expect(await rescueOf(held.order.job_id)).toEqual({ rescue_ref: null, rescue_pushed_at: null })
})

test('H26 work of a job that has not ended is kept however old it is', async () => {
  const { host, worker, held, hostWith } = await startWork()
  await releaseWork(host, worker, held, 'Somebody else should try this.')
  expect(await sweepRescues(await hostWith(aMonth(4_000)))).toEqual([])
  expect(await refsBelow(held.root, KEPT)).toHaveProperty(rescueRef(held))
})

test('H26 H32 work that was saved long after its job ended is kept from then on, whatever the commit says', async () => {
  const { api, held, host } = await startWork()
  held.letGo()
  await api.jobs.cancel({ job_id: held.order.job_id })
  await db.pool.query("update claude_jobs set finished_at = finished_at - interval '1 year'")
  await sweepWorktrees(host)
  expect(Number(await sh(held.root, 'log', '-1', '--format=%ct', rescueRef(held)))).toBe(1_700_000_000)
  expect(await sweepRescues(host)).toEqual([])
  expect(await refsBelow(held.root, KEPT)).toHaveProperty(rescueRef(held))
})

test('H26 work of which git no longer knows when it was saved is kept', async () => {
  const { held, hostWith } = await endWork()
  await sh(held.root, 'reflog', 'expire', '--expire=all', rescueRef(held))
  expect(await sweepRescues(await hostWith(aMonth(4_000)))).toEqual([])
})

test('H26 work that a branch of origin has goes at once; a branch that origin has deleted does not count', async () => {
  const { host, held, remote } = await endWork()
  await sh(held.root, 'push', '--quiet', 'origin', `${rescueRef(held)}:refs/heads/taken-up`)
  await sh(remote, 'update-ref', '-d', 'refs/heads/taken-up')
  expect(await refsBelow(held.root, 'refs/remotes/origin/taken-up')).not.toEqual({})
  expect(await sweepRescues(host)).toEqual([])
  await sh(remote, 'update-ref', 'refs/heads/taken-up', rescueRef(held))
  expect(await sweepRescues(host)).toEqual([rescueRef(held)])
  expect(await refsBelow(held.root, KEPT)).toEqual({})
})

test('H26 a ref that moves on while it is being removed stays, here and on origin', async () => {
  const { host, held, remote } = await endWork()
  const listed = first(await listRescueRefs(host.git, held.root))
  const late = await sh(held.root, 'commit-tree', '-p', listed.sha, '-m', 'Late', `${listed.sha}^{tree}`)
  await sh(held.root, 'update-ref', listed.ref, late)
  await sh(held.root, 'push', '--quiet', 'origin', `${late}:${listed.ref}`)
  await dropRescueOnOrigin(host.git, held.root, listed, { timeoutMs: 30_000 })
  await expect(dropRescue(host.git, held.root, listed)).rejects.toMatchObject({ code: 'GIT_FAILED' })
  expect([await headOf(held.root, listed.ref), await headOf(remote, listed.ref)]).toEqual([late, late])
  await dropRescue(host.git, held.root, { ...listed, sha: late })
  await dropRescue(host.git, held.root, { ...listed, sha: late })
  expect(await refsBelow(held.root, KEPT)).toEqual({})
})

test('H26 H40 while origin is away nothing that is there too is removed, and the next sweep goes on', async () => {
  const { held, remote, hostWith } = await endWork()
  await rename(remote, `${remote}.away`)
  const later = await hostWith(aMonth(31))
  expect(await sweepRescues(later)).toEqual([])
  expect(await refsBelow(held.root, KEPT)).toHaveProperty(rescueRef(held))
  await rename(`${remote}.away`, remote)
  expect(await sweepRescues(later)).toEqual([rescueRef(held)])
  expect(await refsBelow(remote, KEPT)).toEqual({})
})

test('H26 an origin that lets nobody delete keeps its copy and holds nothing up', async () => {
  const { held, remote, hostWith } = await endWork()
  await sh(remote, 'config', 'receive.denyDeletes', 'true')
  expect(await sweepRescues(await hostWith(aMonth(31)))).toEqual([rescueRef(held)])
  expect(await refsBelow(held.root, KEPT)).toEqual({})
})

test('H26 another host removes its own copy only, and what a job of another server left it never touches', async () => {
  const { api, host, worker, held, remote } = await startWork()
  await releaseWork(host, worker, held, 'Somebody else should try this.')
  await db.moveClock('1 hour')
  const other = await makeHost(api, await makeMachine(), aMonth(31))
  const agent = makeAgent(other)
  const next = await takeWork(other, agent)
  await sh(next.root, 'update-ref', 'refs/scrum4me/rescue/job_foreign/1', 'HEAD')
  await finishWork(other, agent, next, FAILED)
  expect(await sweepRescues(other)).toEqual([rescueRef(held)])
  expect(Object.keys(await refsBelow(next.root, KEPT))).toEqual(['refs/scrum4me/rescue/job_foreign/1'])
  expect(await refsBelow(remote, KEPT)).toHaveProperty(rescueRef(held))
  expect(await rescueOf(held.order.job_id)).toMatchObject({ rescue_ref: rescueRef(held) })
})

/** A job whose work is not committed, on a commit of long ago, and may go to origin. */
async function startWork() {
  const { api } = await person()
  const place = await makeWorkplace(api)
  await api.products.update({ product_id: place.product.id, push_rescues: true })
  const hostWith = (options: Partial<HostOptions>) => makeHost(api, place.machine, options)
  const host = await hostWith({})
  const worker = makeAgent(host)
  const held = await takeWork(host, worker)
  await writeFiles(held.order.worktree_path, { 'draft.txt': 'not committed' })
  return { api, ...place, host, worker, held, hostWith }
}

/** The same after its agent has given up. */
async function endWork() {
  const work = await startWork()
  await commitFile(work.held.order.worktree_path, 'hello.js', 'half')
  await finishWork(work.host, work.worker, work.held, FAILED)
  return work
}

async function rescueOf(jobId: string) {
  const query = 'select rescue_ref, rescue_pushed_at from job_attempts where job_id = $1 order by claim_no limit 1'
  return (await db.pool.query(query, [jobId])).rows[0]
}
