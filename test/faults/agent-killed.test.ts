import { expect, test } from 'vitest'
import { openGate, type Side } from '../support/gate.ts'
import { worktreesOf } from '../support/host.ts'
import { killNow } from '../support/processes.ts'
import { openStage } from '../support/stage.ts'
import { untilNoProcess } from './findings.ts'
import { CONSEQUENCES, type Consequence, expectRecovery } from './recovery.ts'
import { openScene, type Scene, startAgent } from './scene.ts'

const stage = await openStage()

/** What it comes to; during set-up the host may have gone on either way before it saw that its agent was gone. */
const POINTS: [when: string, procedure: string, side: Side, ...then: (keyof typeof CONSEQUENCES)[]][] = [
  ['asks for work', 'jobs/claim', 'request', 'notClaimed'],
  ['is offered a job', 'jobs/claim', 'answer', 'givenBack'],
  ['has its worktree made', 'jobs/attach', 'request', 'givenBack', 'attached'],
  ['has its worktree attached', 'jobs/attach', 'answer', 'givenBack', 'attached'],
  ['begins', 'jobs/start', 'answer', 'attached'],
  ['has its work verified', 'jobs/recordVerification', 'answer', 'attached'],
  ['has its work delivered', 'jobs/deliver', 'request', 'settled'],
  ['has its work pushed', 'jobs/deliver', 'answer', 'settled'],
  ['has its job settled', 'jobs/settle', 'request', 'settled'],
  ['has its worktree removed', 'jobs/recordRemains', 'request', 'settled'],
]

test.each(POINTS)(
  'H8 H25 an agent is killed when it %s: the job is done, once',
  async (_, procedure, side, ...then) => {
    const gate = await openGate(stage.url)
    const scene = await openScene(stage, gate.url)
    const reached = gate.stop(procedure, side)
    const pid = await startAgent(scene)
    const call = await reached
    await killNow(pid)
    call.letPass()
    await untilNoProcess(scene.installation.machine)
    await expectRecovery(scene, await consequence(scene, then))
  },
)

/** Which of those that are possible it was: a job that went back at once is queued, and leaves no worktree. */
async function consequence(scene: Scene, possible: (keyof typeof CONSEQUENCES)[]): Promise<Consequence> {
  const [usual = 'notClaimed', ...others] = possible
  if (!possible.includes('givenBack')) return CONSEQUENCES[usual]
  const { status } = await scene.api.jobs.get({ job_id: scene.jobId })
  if (status !== 'queued') return CONSEQUENCES[[usual, ...others].find(name => name !== 'givenBack') ?? usual]
  expect(await worktreesOf(scene.installation.machine)).toEqual([])
  return CONSEQUENCES.givenBack
}
