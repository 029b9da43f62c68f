import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { makeBacklog } from '../support/backlog.ts'
import { type Gate, openGate, type Side } from '../support/gate.ts'
import { makeSprint } from '../support/held-jobs.ts'
import { serveHttp } from '../support/http.ts'
import { makeInstallation } from '../support/installation.ts'
import { ERAS, spawnAgent } from '../support/mcp-client.ts'
import { killNow } from '../support/processes.ts'
import { addressOfDatabase, databaseUrlBy, openRelay } from '../support/relay.ts'
import { headOf, makeRemote, refsBelow, sh } from '../support/repositories.ts'
import { eventsOf } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'
import { doSprint } from '../support/sprint-work.ts'
import { installFor } from '../support/stage.ts'
import { startUp } from '../support/up.ts'
import { expectKept, expectNothingStands, headsOf } from './findings.ts'
import { killHost, lapse } from './scene.ts'

const stage = await openTestServer()

/** A BATCH run of two tasks, whose agents reach a server by way of a gate. */
async function openSprint(gate: Gate) {
  const installation = await installFor({ ...stage, url: gate.url })
  const { api, machine } = installation
  const remote = await makeRemote(machine)
  const backlog = await makeBacklog(api, { repoUrl: pathToFileURL(remote).href, tasks: 2 })
  const sprint = await makeSprint(api, backlog)
  const run = await api.sprints.startRun({ sprint_id: sprint.id, execution: 'BATCH' })
  return { installation, api, machine, remote, runId: run.id, jobId: run.jobs[0]?.job_id ?? '' }
}
type Sprint = Awaited<ReturnType<typeof openSprint>>

/** Everything of the sprint is done, and told of once; what was done is on its branch, in order, and nothing is left over. */
async function expectSprintDone({ api, machine, remote, runId, jobId }: Sprint): Promise<void> {
  const run = await api.sprints.getRun({ sprint_run_id: runId })
  expect(run).toMatchObject({ status: 'done', sprint: { status: 'closed' }, jobs: [{ status: 'done' }] })
  expect(run.task_executions.map(({ status }) => status)).toEqual(['done', 'done'])
  expect(Object.keys(await refsBelow(remote, 'refs/heads/feat'))).toEqual([`refs/heads/${run.branch}`])
  const [one, two] = run.task_executions.map(({ head_sha }) => head_sha)
  expect(await headOf(remote, run.branch ?? '')).toBe(two)
  await sh(remote, 'merge-base', '--is-ancestor', one ?? '', two ?? '')
  const events = await eventsOf(stage.db.pool, { job: jobId })
  expect(events.filter(line => line === 'claude_job_status done')).toHaveLength(1)
  expect(events.filter(line => line === 'task_execution_status done')).toHaveLength(2)
  await expectNothingStands(machine)
}

/** The procedure, and how many commits for the first task are then on the branch: one that had arrived is built upon. */
const HOST_POINTS: [procedure: string, side: Side, commits: number][] = [
  ['executions/start', 'request', 1],
  ['executions/start', 'answer', 1],
  ['executions/recordVerification', 'request', 1],
  ['executions/recordVerification', 'answer', 1],
  ['executions/deliver', 'request', 1],
  ['executions/deliver', 'answer', 1],
  ['executions/settle', 'request', 2],
  ['executions/settle', 'answer', 1],
]

test.each(HOST_POINTS)(
  'H25 H47 H58 a host is killed at %s, %s: the sprint goes on with what is not finished, and ends',
  async (procedure, side, commits) => {
    const gate = await openGate((await serveHttp(stage.server)).url)
    const sprint = await openSprint(gate)
    const agent = await spawnAgent(sprint.installation, ERAS[0])
    const reached = gate.stop(procedure, side)
    doSprint(agent).catch(() => undefined)
    const call = await reached
    await killHost(agent)
    call.cut()
    const made = await headsOf(sprint.machine)
    await lapse(stage)
    expect(await sprint.api.jobs.get({ job_id: sprint.jobId })).toMatchObject({ status: 'queued', retry_count: 1 })
    const next = await spawnAgent(sprint.installation, ERAS[1])
    expect(await doSprint(next)).toMatchObject({ job_id: sprint.jobId, attempt: 2 })
    await next.close()
    await expectSprintDone(sprint)
    await expectKept(sprint.machine, made)
    const { branch } = await sprint.api.sprints.getRun({ sprint_run_id: sprint.runId })
    const subjects = (await sh(sprint.remote, 'log', '--format=%s', `main..${branch}`)).split('\n')
    expect(subjects.filter(subject => subject === 'T-1')).toHaveLength(commits)
    expect(subjects.filter(subject => subject === 'T-2')).toHaveLength(1)
  },
)

const CALLS: [procedure: string, side: Side][] = [
  ['executions/start', 'answer'],
  ['executions/recordVerification', 'answer'],
  ['executions/deliver', 'answer'],
  ['executions/settle', 'request'],
  ['executions/settle', 'answer'],
]

test.each(CALLS)('H25 H60 the server is killed at %s, %s: the same attempt goes on', async (procedure, side) => {
  const machine = await makeInstallation(null, { DATABASE_URL: stage.db.url })
  const killed = await startUp(machine)
  const gate = await openGate(killed.url)
  const sprint = await openSprint(gate)
  const agent = await spawnAgent(sprint.installation, ERAS[0])
  const reached = gate.stop(procedure, side)
  const job = doSprint(agent)
  job.catch(() => undefined)
  const stopped = await reached
  await killNow(killed.command.pid ?? 0)
  gate.target = (await startUp(machine)).url
  stopped.cut()
  await expectSameAttempt(sprint, job)
  await agent.close()
  await expectSprintDone(sprint)
})

test.each(['start', 'recordVerification', 'deliver', 'settle'])(
  'H9 H25 the database commits executions/%s and nobody hears it: the same attempt goes on',
  async name => {
    const relay = await openRelay(addressOfDatabase(stage.db.url))
    const server = await stage.openAnother({ databaseUrl: databaseUrlBy(relay, stage.db.url), pollMs: 100 })
    const gate = await openGate((await serveHttp(server)).url)
    const sprint = await openSprint(gate)
    const agent = await spawnAgent(sprint.installation, ERAS[1])
    const reached = gate.stop(`executions/${name}`, 'request')
    const job = doSprint(agent)
    job.catch(() => undefined)
    const stopped = await reached
    const lost = relay.loseAnswerTo('commit')
    stopped.letPass()
    await lost
    await expectSameAttempt(sprint, job)
    await agent.close()
    await expectSprintDone(sprint)
  },
)

async function expectSameAttempt({ api, jobId }: Sprint, job: ReturnType<typeof doSprint>): Promise<void> {
  expect(await job).toMatchObject({ job_id: jobId, attempt: 1 })
  expect(await api.jobs.get({ job_id: jobId })).toMatchObject({ retry_count: 0, setup_failures: 0 })
}
