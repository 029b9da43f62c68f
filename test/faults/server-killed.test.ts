import { expect, test } from 'vitest'
import { openGate, type Side } from '../support/gate.ts'
import { makeInstallation } from '../support/installation.ts'
import { ERAS, spawnAgent } from '../support/mcp-client.ts'
import { killNow } from '../support/processes.ts'
import { openTestServer } from '../support/server.ts'
import { startUp } from '../support/up.ts'
import { expectDoneOnce, expectNothingStands } from './findings.ts'
import { doJob, openScene } from './scene.ts'

const { db, ...stage } = await openTestServer()

/** For how many seconds an agent waits: longer than a start takes. */
const WHILE_AWAY = 60

const POINTS: [call: string, side: Side][] = [
  ['hosts/register', 'answer'],
  ['jobs/claim', 'request'],
  ['jobs/claim', 'answer'],
  ['jobs/attach', 'request'],
  ['jobs/attach', 'answer'],
  ['jobs/start', 'answer'],
  ['jobs/recordVerification', 'answer'],
  ['jobs/deliver', 'request'],
  ['jobs/deliver', 'answer'],
  ['jobs/settle', 'request'],
  ['jobs/settle', 'answer'],
  ['jobs/recordRemains', 'answer'],
]

test.each(POINTS)('H9 H25 H60 the server is killed at %s, %s: the same attempt goes on', async (call, side) => {
  const machine = await makeInstallation(null, { DATABASE_URL: db.url })
  const killed = await startUp(machine)
  const gate = await openGate(killed.url)
  const scene = await openScene({ db, ...stage, url: gate.url })
  const agent = await spawnAgent(scene.installation, ERAS[0])
  const reached = gate.stop(call, side)
  const job = doJob(agent, WHILE_AWAY)
  job.catch(() => undefined)
  const stopped = await reached
  await killNow(killed.command.pid ?? 0)
  gate.target = (await startUp(machine)).url
  stopped.cut()
  expect(await job).toMatchObject({ job_id: scene.jobId, attempt: 1 })
  expect(await scene.api.jobs.get({ job_id: scene.jobId })).toMatchObject({ retry_count: 0, setup_failures: 0 })
  await expectDoneOnce(scene)
  await agent.close()
  await expectNothingStands(scene.installation.machine)
})
