import { expect, test } from 'vitest'
import { makeBacklog } from '../support/backlog.ts'
import { makeSprint } from '../support/held-jobs.ts'
import { makeInstallation } from '../support/installation.ts'
import { openTestServer } from '../support/server.ts'

const { db, person } = await openTestServer()

test('a run is started, shown, paused, resumed, cancelled and continued from the shell', async () => {
  const owner = await person()
  const { run } = await makeInstallation({ token: owner.token, personToken: owner.token }, { DATABASE_URL: db.url })
  const backlog = await makeBacklog(owner.api, { stories: 2 })
  const sprint = await makeSprint(owner.api, backlog)
  const command = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await run('run', ...args, '--json')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    return JSON.parse(stdout)
  }
  const started = await command('start', sprint.id, '--strategy', 'STORY')
  expect(started).toMatchObject({ status: 'queued', pr_strategy: 'STORY', branch: null })
  const text = await run('run', 'show', started.id)
  expect(text.stdout).toMatch(/branch +one per story/)
  expect(text.stdout).toMatch(/JOB +STATUS +TASK +BRANCH\njob_\S+ +queued +T-1 Task 1\.1 +feat\/story-/)
  expect(await command('pause', started.id)).toMatchObject({ status: 'paused' })
  expect(await command('resume', started.id)).toMatchObject({ status: 'queued' })
  expect(await command('cancel', started.id)).toMatchObject({ status: 'cancelled' })
  expect(await command('start', sprint.id, '--previous', started.id)).toMatchObject({
    pr_strategy: 'STORY',
    previous_run_id: started.id,
  })
})

test('a job is cancelled and retried from the shell; what cannot be is said with what to do', async () => {
  const owner = await person()
  const { run } = await makeInstallation({ token: owner.token, personToken: owner.token }, { DATABASE_URL: db.url })
  const { firstTask } = await makeBacklog(owner.api)
  const { job_id } = await owner.api.jobs.dispatch({ task_id: firstTask.id })
  expect((await run('job', 'cancel', job_id)).stdout).toMatch(/status +cancelled/)
  expect((await run('job', 'retry', job_id)).stdout).toMatch(/status +queued/)
  expect(await run('job', 'retry', job_id)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/^INVALID_TRANSITION: .*\n.+/),
  })
  expect((await run('run', 'start', 'sprint_x', '--strategy', 'WILD')).exitCode).toBe(1)
})
