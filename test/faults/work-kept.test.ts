import { expect, test } from 'vitest'
import { ClaimedJob } from '../support/agent-work.ts'
import { openGate } from '../support/gate.ts'
import { makeInstallation } from '../support/installation.ts'
import { callTool, ERAS, spawnAgent } from '../support/mcp-client.ts'
import { commitFile, filesOf, headOf, writeFiles } from '../support/repositories.ts'
import { openStage } from '../support/stage.ts'
import { cloneOf, expectDoneOnce, expectKept, expectNothingStands, headsOf } from './findings.ts'
import { beginJob, doJob, finish, killHost, lapse, openScene, type Scene } from './scene.ts'

const stage = await openStage()

/** A host that is killed while its agent has committed something and something not. */
async function killAtWork(scene: Scene): Promise<{ commit: string; rescueRef: string }> {
  const agent = await spawnAgent(scene.installation, ERAS[0])
  const { job_id, worktree_path } = ClaimedJob.parse(await callTool(agent, 'wait_for_job', { wait_seconds: 1 }))
  const commit = await commitFile(worktree_path, 'half.js', 'half()\n')
  await writeFiles(worktree_path, { 'notes.txt': 'not committed', 'README.md': 'changed' })
  await killHost(agent)
  await lapse(scene)
  return { commit, rescueRef: `refs/scrum4me/rescue/${job_id}/1` }
}

/** Another machine of the same person. */
function anotherMachine({ token }: Scene['installation'], url: string) {
  return makeInstallation({ url, token, personToken: token })
}

async function expectRescued(
  { installation: { machine } }: Scene,
  { commit, rescueRef }: Awaited<ReturnType<typeof killAtWork>>,
) {
  const clone = await cloneOf(machine)
  expect(await headOf(clone, `${rescueRef}^`)).toBe(commit)
  expect(await filesOf(clone, rescueRef)).toEqual(['README.md', 'half.js', 'notes.txt'])
}

test('H25 H26 what a killed host had in its worktree is on a rescue ref, and the next attempt there is told so', async () => {
  const scene = await openScene(stage)
  const work = await killAtWork(scene)
  const agent = await spawnAgent(scene.installation, ERAS[1])
  const job = await callTool(agent, 'wait_for_job', { wait_seconds: 1 })
  expect(job).toMatchObject({ attempt: 2, previous_attempts: [{ claim_no: 1, rescue_ref: work.rescueRef }] })
  await expectRescued(scene, work)
  await doJob(agent)
  await agent.close()
  await expectDoneOnce(scene)
  await expectNothingStands(scene.installation.machine)
})

test('H25 H32 another machine does the job; the killed one saves its work when it is back', async () => {
  const scene = await openScene(stage)
  const work = await killAtWork(scene)
  const other = await anotherMachine(scene.installation, stage.url)
  expect(await finish(scene, ERAS[1], other)).toEqual([scene.jobId])
  await expectDoneOnce(scene)
  await expectNothingStands(other.machine)
  expect(await headsOf(scene.installation.machine)).toEqual([work.commit])
  expect(await finish(scene, ERAS[0])).toEqual([])
  await expectNothingStands(scene.installation.machine)
  await expectRescued(scene, work)
})

test('H25 H26 a host that is killed before it has told the server where its work is kept hides it from nobody', async () => {
  const gate = await openGate(stage.url)
  const scene = await openScene(stage, gate.url)
  const agent = await spawnAgent(scene.installation, ERAS[0])
  const { job_id, worktree_path } = ClaimedJob.parse(await callTool(agent, 'wait_for_job', { wait_seconds: 1 }))
  const commit = await commitFile(worktree_path, 'half.js', 'half()\n')
  await writeFiles(worktree_path, { 'notes.txt': 'not committed', 'README.md': 'changed' })
  const told = gate.stop('jobs/recordRemains', 'request')
  callTool(agent, 'release_job', { job_id, reason: 'Somebody else should try this.' }).catch(() => undefined)
  await told
  await killHost(agent)
  await lapse(scene)
  const rescueRef = `refs/scrum4me/rescue/${job_id}/1`
  const next = await spawnAgent(scene.installation, ERAS[1])
  const job = await callTool(next, 'wait_for_job', { wait_seconds: 1 })
  expect(job).toMatchObject({ attempt: 2, previous_attempts: [{ claim_no: 1, rescue_ref: rescueRef }] })
  await expectRescued(scene, { commit, rescueRef })
  await next.close()
})

test('H22 H57 H58 a host that may push hears so after another one has done its job: it changes nothing', async () => {
  const gate = await openGate(stage.url)
  const scene = await openScene(stage, gate.url)
  const late = await spawnAgent(scene.installation, ERAS[0])
  const reached = gate.stop('jobs/deliver', 'answer')
  beginJob(late)
  const stopped = await reached
  const commits = await headsOf(scene.installation.machine)
  await lapse(scene)
  const other = await anotherMachine(scene.installation, stage.url)
  const agent = await spawnAgent(other, ERAS[1])
  const { worktree_path } = ClaimedJob.parse(await callTool(agent, 'wait_for_job', { wait_seconds: 1 }))
  await commitFile(worktree_path, 'hello.js', 'another hello()\n')
  await callTool(agent, 'verify_task_against_plan', { job_id: scene.jobId })
  const summary = 'Said hello in another way.'
  await callTool(agent, 'update_job_status', { job_id: scene.jobId, status: 'done', summary })
  stopped.letPass()
  await late.close()
  await agent.close()
  await expectDoneOnce(scene)
  await expectNothingStands(scene.installation.machine)
  await expectKept(scene.installation.machine, commits)
})
