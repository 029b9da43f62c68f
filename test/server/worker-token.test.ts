import { describe, expect, test } from 'vitest'
import { finishJobDone, makeBacklog, makeWorker, takeJob } from '../support/backlog.ts'
import { SHA, verify } from '../support/held-jobs.ts'
import { failureOf, readRow } from '../support/rows.ts'
import { openTestServer, type Person } from '../support/server.ts'

const { db, server, person } = await openTestServer()

describe('a worker token', () => {
  test('claims the jobs of every member of its products, and does them to the end', async () => {
    const { mate, product, machines } = await team()
    const job = await enqueue(mate, product.id)
    const { workerId } = await makeWorker(machines)
    const { hold, context } = await takeJob(machines, workerId)
    expect(context.job_id).toBe(job)
    await machines.jobs.start(hold)
    await machines.jobs.renew(hold)
    expect(await finishJobDone(machines, hold)).toMatchObject({ job_id: job, status: 'done' })
    expect(await mate.api.jobs.get({ job_id: job })).toMatchObject({ status: 'done' })
  })

  test('is woken by a job of any member', async () => {
    const { mate, product, machines } = await team()
    const { workerId } = await makeWorker(machines)
    const wait = machines.jobs.claim({ worker_id: workerId, wait_ms: 60_000 })
    while (server.dispatcher.waiting === 0) await new Promise(setImmediate)
    const job = await enqueue(mate, product.id)
    expect((await wait).offer?.job_id).toBe(job)
  })

  test('H52 reaches no other product, and nobody else’s jobs', async () => {
    const { mate, machines } = await team()
    await enqueue(mate, (await makeBacklog(mate.api)).product.id)
    const stranger = await person()
    await enqueue(stranger, (await makeBacklog(stranger.api)).product.id)
    const { workerId } = await makeWorker(machines)
    expect(await machines.jobs.claim({ worker_id: workerId, wait_ms: 0 })).toEqual({ offer: null })
    expect((await machines.jobs.checkQueue({})).empty).toBe(true)
  })

  test('H19 claims nothing of somebody who left, and a claim of theirs ends with its next call', async () => {
    const { mate, product, machines } = await team()
    await enqueue(mate, product.id)
    await enqueue(mate, product.id)
    const { hold } = await takeJob(machines, (await makeWorker(machines)).workerId)
    await leave(product.id, mate.userId)
    expect((await failureOf(machines.jobs.renew(hold))).code).toBe('PERMISSION_DENIED')
    expect((await readRow(db.pool, 'claude_jobs', hold.job_id)).status).toBe('CANCELLED')
    const { workerId } = await makeWorker(machines)
    expect(await machines.jobs.claim({ worker_id: workerId, wait_ms: 0 })).toEqual({ offer: null })
  })

  test('H19 claims nothing once its own user left, and its claim ends with its next call', async () => {
    const { owner, mate, product, machines } = await team()
    await enqueue(mate, product.id)
    const waiting = await enqueue(mate, product.id)
    const { hold } = await takeJob(machines, (await makeWorker(machines)).workerId)
    const { workerId } = await makeWorker(machines)
    await leave(product.id, owner.userId)
    expect(await machines.jobs.claim({ worker_id: workerId, wait_ms: 0 })).toEqual({ offer: null })
    expect((await machines.jobs.checkQueue({})).empty).toBe(true)
    expect((await failureOf(machines.jobs.renew(hold))).code).toBe('PERMISSION_DENIED')
    expect((await readRow(db.pool, 'claude_jobs', hold.job_id)).status).toBe('CANCELLED')
    expect(await mate.api.jobs.get({ job_id: waiting })).toMatchObject({ status: 'queued' })
  })

  test('H19 whose own user leaves during a wait gives back what that brings, uncharged', async () => {
    const { owner, mate, product, machines } = await team()
    const { workerId } = await makeWorker(machines)
    const wait = machines.jobs.claim({ worker_id: workerId, wait_ms: 60_000 })
    while (server.dispatcher.waiting === 0) await new Promise(setImmediate)
    await leave(product.id, owner.userId)
    const job_id = await enqueue(mate, product.id)
    expect((await failureOf(wait)).code).toBe('PERMISSION_DENIED')
    expect(await mate.api.jobs.get({ job_id })).toMatchObject({ status: 'queued', setup_failures: 0 })
  })

  test('H19 H32 hears how the attempts on its host ended although their user left, and nobody else does', async () => {
    const { mate, product, machines } = await team()
    await enqueue(mate, product.id)
    const { hold } = await takeJob(machines, (await makeWorker(machines)).workerId)
    await leave(product.id, mate.userId)
    expect((await failureOf(machines.jobs.renew(hold))).code).toBe('PERMISSION_DENIED')
    const claims = [{ job_id: hold.job_id, attempt: 1 }]
    expect((await machines.jobs.judgeClaims({ claims })).claims).toMatchObject([{ job_id: hold.job_id, state: 'dead' }])
    expect((await (await person()).api.jobs.judgeClaims({ claims })).claims).toEqual([])
  })

  test('H22 is fenced like any other: another token’s claim is not its own', async () => {
    const { mate, product, machines } = await team()
    await enqueue(mate, product.id)
    const { hold } = await takeJob(machines, (await makeWorker(machines)).workerId)
    await verify(machines, hold, SHA.head)
    const wrong = { ...hold, claim_token: '00000000-0000-4000-8000-000000000000' }
    expect((await failureOf(machines.jobs.deliver({ ...wrong, head_sha: SHA.head }))).code).toBe('LEASE_LOST')
  })

  test('names its products, and may do nothing but their jobs', async () => {
    const { owner, product } = await team()
    const make = (wish: object) => owner.api.tokens.create({ name: 'm', worker: true, ...wish })
    expect((await failureOf(make({}))).code).toBe('VALIDATION_ERROR')
    expect((await failureOf(make({ product_ids: [product.id], scopes: ['read', 'author'] }))).code).toBe(
      'VALIDATION_ERROR',
    )
    const made = await make({ product_ids: [product.id] })
    expect(made.scopes).toEqual(['read', 'work'])
    expect(await owner.api.tokens.list()).toContainEqual(expect.objectContaining({ id: made.id, worker: true }))
  })
})

/** A product of an owner and a mate, and a worker token of the owner for it. */
async function team() {
  const [owner, mate] = [await person(), await person()]
  const { product } = await makeBacklog(owner.api)
  await db.pool.query('insert into product_members (product_id, user_id) values ($1, $2)', [product.id, mate.userId])
  const { token } = await owner.api.tokens.create({ name: 'machines', worker: true, product_ids: [product.id] })
  return { owner, mate, product, machines: server.client(token) }
}

async function leave(productId: string, userId: string): Promise<void> {
  await db.pool.query('delete from product_members where product_id = $1 and user_id = $2', [productId, userId])
}

async function enqueue({ api }: Person, productId: string): Promise<string> {
  const pbi = await api.backlog.createPbi({ product_id: productId, title: 'Wishes' })
  const story = await api.backlog.createStory({ pbi_id: pbi.id, title: 'A wish' })
  const task = await api.backlog.createTask({ story_id: story.id, title: 'A task', implementation_plan: '`hello.js`' })
  return (await api.jobs.dispatch({ task_id: task.id })).job_id
}
