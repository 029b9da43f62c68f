import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Client } from '@modelcontextprotocol/client'
import { execa } from 'execa'
import { onTestFinished } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { ClaimedJob, workOn } from '../support/agent-work.ts'
import { makeBacklog } from '../support/backlog.ts'
import { loseAllLeases } from '../support/host.ts'
import { type Installation, MAIN } from '../support/installation.ts'
import { callTool, type Era, pidOf, spawnAgent } from '../support/mcp-client.ts'
import { killNow } from '../support/processes.ts'
import { type Machine, makeRemote, sh } from '../support/repositories.ts'
import { installFor, type Stage } from '../support/stage.ts'

/** A machine whose hosts reach the server at `url`, and one task of its owner, queued, whose repository is there. */
export async function openScene(stage: Stage, url = stage.url) {
  const installation = await installFor({ ...stage, url })
  return { ...stage, installation, ...(await queueTask(installation.api, installation.machine)) }
}
export type Scene = Awaited<ReturnType<typeof openScene>>

/** A task whose repository is on a machine, queued; the remote remembers what was pushed, and how often. */
export async function queueTask(api: ApiClient, machine: Machine) {
  const remote = await makeRemote(machine)
  await sh(remote, 'config', 'core.logAllRefUpdates', 'always')
  const { firstTask } = await makeBacklog(api, { repoUrl: pathToFileURL(remote).href, plan: PLAN })
  const { job_id: jobId } = await api.jobs.dispatch({ task_id: firstTask.id })
  return { api, remote, jobId, taskId: firstTask.id }
}

/** Spelled out, so that an agent without a mind can follow it. */
const PLAN = 'Write `hello.js`:\n\n```\nhello()\n```\n'

/** Waits for a job and does it; null when there is none. */
export async function doJob(client: Client, wait_seconds = 1): Promise<ClaimedJob | null> {
  const answer = ClaimedJob.safeParse(await callTool(client, 'wait_for_job', { wait_seconds }))
  if (!answer.success) return null
  await workOn(client, answer.data)
  return answer.data
}

/** A job that an agent has begun and will not end: its host is killed under it. */
export function beginJob(client: Client): void {
  doJob(client).catch(() => undefined)
}

/** An agent that is a process of its own and starts `scrum4me mcp`, as agents do; it works until it is killed. */
export async function startAgent({ installation: { machine, env } }: Scene): Promise<number> {
  const place = { cwd: machine.dir, env, extendEnv: false, reject: false } as const
  const agent = execa(process.execPath, [SCRIPTED_AGENT, process.execPath, MAIN, 'mcp'], place)
  onTestFinished(() => void agent.kill('SIGKILL'))
  if (agent.pid === undefined) throw new Error('the agent was not started')
  return agent.pid
}
const SCRIPTED_AGENT = join(dirname(MAIN), 'cli', 'demo', 'scripted-agent.js')

/** `scrum4me mcp`, killed with -9. */
export function killHost(client: Client): Promise<void> {
  return killNow(pidOf(client))
}

/** What no lease holds any longer is queued again, and its back-off is over. */
export async function lapse(scene: Pick<Scene, 'db' | 'server'>): Promise<void> {
  await loseAllLeases(scene)
  await scene.db.moveClock('1 hour')
}

/** A new host of the same data folder, or of another, whose agent works until there is nothing left to do. */
export async function finish(
  scene: Scene,
  era: Era,
  installation: Installation = scene.installation,
): Promise<string[]> {
  const client = await spawnAgent(installation, era)
  const done: string[] = []
  for (let job = await doJob(client); job; job = await doJob(client)) done.push(job.job_id)
  await client.close()
  return done
}
