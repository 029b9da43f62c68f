import { describe, expect, test } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { makeBacklog, makeWorker } from '../support/backlog.ts'
import { type Hold, holdJob, holdOffer, SHA, verify } from '../support/held-jobs.ts'
import { failureOf } from '../support/rows.ts'
import { openTestServer, type Person } from '../support/server.ts'

const { db, server, person } = await openTestServer()

type Held = Awaited<ReturnType<typeof holdJob>> | Awaited<ReturnType<typeof holdOffer>>

const leave = ({ task }: Held) =>
  db.pool.query('delete from product_members where product_id = (select product_id from tasks where id = $1)', [
    task.id,
  ])
const archive = ({ task }: Held) =>
  db.pool.query('update products set archived_at = now() where id = (select product_id from tasks where id = $1)', [
    task.id,
  ])

const CALLS: Record<string, (api: ApiClient, hold: Hold) => Promise<unknown>> = {
  renew: (api, hold) => api.jobs.renew(hold),
  start: (api, hold) => api.jobs.start(hold),
  verification: (api, hold) => verify(api, hold, SHA.head),
  deliver: (api, hold) => api.jobs.deliver({ ...hold, head_sha: SHA.head }),
  settle: (api, hold) => api.jobs.settle({ ...hold, outcome: 'failed', error: 'It went wrong.' }),
  conflict: (api, hold) => api.jobs.reportConflict({ ...hold, base_sha: SHA.other }),
}

describe.each([
  ['who left the product', leave],
  ['whose product was archived', archive],
])('H19 a holder %s', (_, lose) => {
  test.each(Object.entries(CALLS))('is told so by the next call, %s, and the job is cancelled', async (_name, call) => {
    const { api } = await person()
    const held = await holdJob(api)
    await lose(held)
    expect(await failureOf(call(api, held.hold))).toMatchObject({ code: 'PERMISSION_DENIED' })
    expect(await statusOf(held.hold)).toBe('CANCELLED')
    expect(await failureOf(call(api, held.hold))).toMatchObject({
      code: expect.stringMatching(/JOB_CANCELLED|NOT_FOUND/),
    })
  })

  test('cannot attach an offer, nor claim again', async () => {
    const { api } = await person()
    const held = await holdOffer(api)
    await lose(held)
    expect((await failureOf(api.jobs.attach({ ...held.hold, ...held.worktree }))).code).toBe('PERMISSION_DENIED')
    const { workerId } = await makeWorker(api)
    expect(await api.jobs.claim({ worker_id: workerId, wait_ms: 0 })).toEqual({ offer: null })
  })

  test('whose commit is delivered already settles it', async () => {
    const { api } = await person()
    const held = await holdJob(api)
    await verify(api, held.hold, SHA.head)
    await api.jobs.deliver({ ...held.hold, head_sha: SHA.head, summary: 'Changed the greeting as planned.' })
    await lose(held)
    await api.jobs.settle({ ...held.hold, outcome: 'done', pushed: true }).catch(() => undefined)
    expect(await statusOf(held.hold)).toBe('DONE')
  })
})

test('H19 a token that is revoked takes its claims with it at once, and claims no more', async () => {
  const owner = await person()
  const agent = await otherToken(owner)
  const held = await holdJob(agent.api)
  await owner.api.tokens.revoke({ token_id: agent.id })
  expect(await failureOf(agent.api.jobs.renew(held.hold))).toMatchObject({ code: 'PERMISSION_DENIED' })
  expect(await statusOf(held.hold)).toBe('CANCELLED')
  expect((await failureOf(agent.api.jobs.claim({ worker_id: held.workerId, wait_ms: 0 }))).code).toBe(
    'PERMISSION_DENIED',
  )
})

test('H19 a token that is revoked during a wait gets no job', async () => {
  const owner = await person()
  const agent = await otherToken(owner)
  const { workerId } = await makeWorker(agent.api)
  const wait = failureOf(agent.api.jobs.claim({ worker_id: workerId, wait_ms: 60_000 }))
  while (server.dispatcher.waiting === 0) await new Promise(setImmediate)
  await owner.api.tokens.revoke({ token_id: agent.id })
  const { firstTask } = await makeBacklog(owner.api)
  const { job_id } = await owner.api.jobs.dispatch({ task_id: firstTask.id })
  expect((await wait).code).toBe('PERMISSION_DENIED')
  expect(await statusOf({ job_id })).toBe('QUEUED')
})

test('H19 the claims of other tokens stay when one is revoked', async () => {
  const owner = await person()
  const [agent, bystander] = [await otherToken(owner), await otherToken(owner)]
  const held = await holdJob(bystander.api)
  await owner.api.tokens.revoke({ token_id: agent.id })
  expect(await bystander.api.jobs.renew(held.hold)).toHaveProperty('lease_until')
})

async function otherToken(owner: Person) {
  const { id, token } = await owner.api.tokens.create({ name: 'agent' })
  return { id, api: server.client(token) }
}

async function statusOf({ job_id }: Pick<Hold, 'job_id'>): Promise<string | undefined> {
  const { rows } = await db.pool.query<{ status: string }>('select status from claude_jobs where id = $1', [job_id])
  return rows[0]?.status
}
