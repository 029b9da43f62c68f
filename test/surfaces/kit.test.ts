import { pathToFileURL } from 'node:url'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { ClaimedJob } from '../support/agent-work.ts'
import { makeBacklog } from '../support/backlog.ts'
import { publish } from '../support/kit.ts'
import { callTool, failTool, spawnAgent } from '../support/mcp-client.ts'
import { commitFile, makeRemote } from '../support/repositories.ts'
import { installFor, openStage } from '../support/stage.ts'

const stage = await openStage()

const KIT = {
  '.gitignore': 'made\n',
  '.scrum4me.yml': 'setup: echo "$PORT" > made\nchecks: ["test -s made", "grep hello hello.js"]\nports: 1\n',
}

test('an agent gets a worktree that is set up, is told what its checks find, and is done when they are green', async () => {
  const installation = await installFor(stage)
  const { machine, api, run } = installation
  const remote = await makeRemote(machine)
  await publish(machine, remote, KIT)
  const { firstTask } = await makeBacklog(api, { repoUrl: pathToFileURL(remote).href })
  await api.jobs.dispatch({ task_id: firstTask.id })
  const client = await spawnAgent(installation, '2026-07-28')
  const order = await callTool(client, 'wait_for_job')
  const { job_id, worktree_path: path } = ClaimedJob.parse(order)
  const { PORT } = z.object({ PORT: z.string() }).parse(order.worktree_env)
  expect((await execa('cat', ['made'], { cwd: path })).stdout).toBe(PORT)

  await commitFile(path, 'hello.js', 'goodbye')
  const red = { checks: [{ passed: true }, { command: 'grep hello hello.js', passed: false }] }
  expect(await callTool(client, 'verify_task_against_plan', { job_id })).toMatchObject({ result: 'aligned', ...red })
  const report = { job_id, status: 'done', summary: 'Said hello.' }
  expect(await failTool(client, 'update_job_status', report)).toMatch(
    /^CHECKS_FAILED: The check `grep hello hello\.js`/,
  )
  expect((await run('job', 'show', job_id)).stdout).toMatch(/^checks +red: grep hello hello\.js$/m)

  await commitFile(path, 'hello.js', 'hello')
  await callTool(client, 'verify_task_against_plan', { job_id })
  expect(await callTool(client, 'update_job_status', report)).toMatchObject({ status: 'done' })
  expect((await run('job', 'show', job_id)).stdout).toMatch(/^checks +2 green$/m)
  expect(await callTool(client, 'get_job', { job_id })).toMatchObject({ checks: [{ passed: true }, { passed: true }] })
})
