import { afterEach, expect, test, vi } from 'vitest'
import { partFrom } from '../../src/host/flows/part-from.ts'
import { beforeCall, makeAgent, makeHost, makeWorkplace, takeWork } from '../support/host.ts'
import { secondsUntil } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { db, person } = await openTestServer()

afterEach(() => {
  vi.useRealTimers()
})

test('H28 a renewal that is under way when the connection closes does not undo the cut of the lease', async () => {
  const { api } = await person()
  const { machine } = await makeWorkplace(api)
  let arrive: () => void = () => undefined
  const arrived = new Promise<void>(resolve => {
    arrive = resolve
  })
  let pass: () => void = () => undefined
  const passing = new Promise<void>(resolve => {
    pass = resolve
  })
  const slow = beforeCall(api, 'renew', async () => {
    arrive()
    await passing
  })
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const host = await makeHost(slow, machine)
  const worker = makeAgent(host)
  const { hold } = await takeWork(host, worker)
  vi.advanceTimersByTime(60_000)
  await arrived
  const parted = partFrom(host, worker)
  pass()
  await parted
  expect(await secondsUntil(db.pool, 'claude_jobs', hold.job_id, 'lease_until')).toBeLessThanOrEqual(60)
})
