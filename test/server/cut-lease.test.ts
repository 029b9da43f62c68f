import { expect, test } from 'vitest'
import { makeWorker } from '../support/backlog.ts'
import { holdJob, SHA, verify } from '../support/held-jobs.ts'
import { failureOf, secondsUntil } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { db, person } = await openTestServer()
const leaseOf = (jobId: string) => secondsUntil(db.pool, 'claude_jobs', jobId, 'lease_until')

test('H28 a closed connection leaves a minute of the lease, in which the agent may come back', async () => {
  const { api } = await person()
  const { hold, workerId, hostId } = await holdJob(api)
  expect(await api.jobs.cutLease({ ...hold, worker_id: workerId })).toEqual({ cut: true })
  expect(await leaseOf(hold.job_id)).toBeLessThanOrEqual(60)
  const other = await makeWorker(api, hostId)
  await api.jobs.takeOver({ ...hold, worker_id: other.workerId })
  expect(await leaseOf(hold.job_id)).toBeGreaterThan(200)
})

test('H22 the cut of a connection whose job another one has taken over does nothing', async () => {
  const { api } = await person()
  const { hold, workerId, hostId } = await holdJob(api)
  const other = await makeWorker(api, hostId)
  await api.jobs.takeOver({ ...hold, worker_id: other.workerId })
  expect(await api.jobs.cutLease({ ...hold, worker_id: workerId })).toEqual({ cut: false })
  expect(await leaseOf(hold.job_id)).toBeGreaterThan(200)
})

test('H57 a delivery goes on although the client has left', async () => {
  const { api } = await person()
  const { hold, workerId } = await holdJob(api)
  await verify(api, hold, SHA.head)
  await api.jobs.deliver({ ...hold, head_sha: SHA.head, summary: 'Changed the greeting as planned.' })
  expect(await api.jobs.cutLease({ ...hold, worker_id: workerId })).toEqual({ cut: false })
  expect(await leaseOf(hold.job_id)).toBeGreaterThan(200)
})

test('H52 nobody else cuts it', async () => {
  const [owner, stranger] = [await person(), await person()]
  const { hold, workerId } = await holdJob(owner.api)
  const { code } = await failureOf(stranger.api.jobs.cutLease({ ...hold, worker_id: workerId }))
  expect(code).toBe('NOT_FOUND')
})
