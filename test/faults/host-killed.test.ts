import { test } from 'vitest'
import { openGate, type Side } from '../support/gate.ts'
import { ERAS, spawnAgent } from '../support/mcp-client.ts'
import { openStage } from '../support/stage.ts'
import { CONSEQUENCES, expectRecovery } from './recovery.ts'
import { beginJob, killHost, openScene } from './scene.ts'

const stage = await openStage()

const POINTS: [when: string, procedure: string, side: Side, then: keyof typeof CONSEQUENCES][] = [
  ['asks for work', 'jobs/claim', 'request', 'notClaimed'],
  ['is offered a job', 'jobs/claim', 'answer', 'offered'],
  ['has made its worktree', 'jobs/attach', 'request', 'offered'],
  ['has attached it', 'jobs/attach', 'answer', 'attached'],
  ['is told that the agent begins', 'jobs/start', 'request', 'attached'],
  ['has measured the work', 'jobs/recordVerification', 'request', 'attached'],
  ['has verified the work', 'jobs/recordVerification', 'answer', 'attached'],
  ['asks to deliver', 'jobs/deliver', 'request', 'attached'],
  ['may push', 'jobs/deliver', 'answer', 'attached'],
  ['has pushed', 'jobs/settle', 'request', 'pushed'],
  ['has settled the job', 'jobs/settle', 'answer', 'settled'],
  ['has removed the worktree', 'jobs/recordRemains', 'request', 'settled'],
]

test.each(POINTS)('H25 H58 a host is killed when it %s: the job is done, once', async (_, procedure, side, then) => {
  const gate = await openGate(stage.url)
  const scene = await openScene(stage, gate.url)
  const agent = await spawnAgent(scene.installation, ERAS[0])
  const reached = gate.stop(procedure, side)
  beginJob(agent)
  const call = await reached
  await killHost(agent)
  call.cut()
  await expectRecovery(scene, CONSEQUENCES[then], ERAS[1])
})
