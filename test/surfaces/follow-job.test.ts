import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { followJob } from '../../src/cli/follow-job.ts'
import type { ApiClient } from '../../src/contract/client.ts'
import { JobView } from '../../src/contract/job.ts'
import { AppError } from '../../src/errors.ts'
import { finishJobDone, makeBacklog, makeWorker, takeJob } from '../support/backlog.ts'
import { takeOffer } from '../support/held-jobs.ts'
import type { Command } from '../support/installation.ts'
import { installFor, openStage } from '../support/stage.ts'

const stage = await openStage()
const never = new AbortController().signal

/** A queued job, and the steps that an agent takes with it. */
async function queueJob(api: ApiClient) {
  const { firstTask } = await makeBacklog(api)
  const { job_id } = await api.jobs.dispatch({ task_id: firstTask.id })
  const { workerId } = await makeWorker(api)
  return { job_id, workerId, take: () => takeJob(api, workerId) }
}

/** What an agent does, one step each time it is asked. */
async function* steps(api: ApiClient, workerId: string) {
  const { hold, worktree } = await takeOffer(api, workerId)
  yield
  await api.jobs.attach({ ...hold, ...worktree })
  yield
  await finishJobDone(api, hold)
}

test('every change of a job is told once, in order, up to its end', async () => {
  const { api } = await stage.person()
  const { job_id, workerId } = await queueJob(api)
  const told: string[] = []
  const agent = steps(api, workerId)
  const job = await followJob(() => api.jobs.get({ job_id }), {
    signal: never,
    tell: (_, changes) => told.push(...changes),
    tellAway: () => told.push('away'),
    pause: async () => void (await agent.next()),
  })
  expect(job.status).toBe('done')
  expect(told).toEqual([
    'task      T-1 Task 1.1',
    expect.stringMatching(/^branch {4}feat\/story-/),
    'status    queued',
    'attempt   1',
    'status    claimed',
    'status    running',
    expect.stringMatching(/^verified {2}aligned: /),
    expect.stringMatching(/^pushed {4}bbbbbbb to feat\/story-/),
    'summary   Changed the greeting as planned.',
    'status    done',
  ])
})

test('a server that is away for a moment is asked again; one that says no is not', async () => {
  const { api } = await stage.person()
  const { job_id, take } = await queueJob(api)
  const { hold } = await take()
  await finishJobDone(api, hold)
  const away = new AppError('SERVER_UNAVAILABLE', 'The database cannot be reached at the moment.')
  const failures = [away, away]
  const read = (id: string) => async () => {
    const failure = failures.shift()
    if (failure) throw failure
    return api.jobs.get({ job_id: id })
  }
  const told: string[] = []
  const following = {
    signal: never,
    tell: () => undefined,
    tellAway: () => void told.push('away'),
    pause: async () => undefined,
    patience: { retries: 3, minTimeout: 1 },
  }
  expect(await followJob(read(job_id), following)).toMatchObject({ status: 'done' })
  expect(told).toEqual(['away'])
  failures.push(away, away, away, away)
  await expect(followJob(read(job_id), following)).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' })
  await expect(followJob(read('job_1'), following)).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('job watch prints each change with its time, and exits 0 when the job is done', async () => {
  const { api, start } = await installFor(stage)
  const { job_id, take } = await queueJob(api)
  const watching = start('job', 'watch', job_id)
  await line(watching, /status {4}queued$/)
  const { hold } = await take()
  await finishJobDone(api, hold)
  const { exitCode, stdout, stderr } = await watching
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  for (const said of stdout.split('\n')) expect(said).toMatch(/^\d\d:\d\d:\d\d {2}\w+ +\S/)
  expect(stdout).toMatch(/ status {4}done$/)
})

test('job watch exits 1 when the job fails, and says why, in one line that a terminal does not obey', async () => {
  const { api, run } = await installFor(stage)
  const { job_id, take } = await queueJob(api)
  const { hold } = await take()
  await api.jobs.settle({ ...hold, outcome: 'failed', error: 'No\ncompiler\u001b[2J here.' })
  expect(await run('job', 'watch', job_id)).toMatchObject({
    exitCode: 1,
    stderr: '',
    stdout: expect.stringMatching(/ status {4}failed\n.* error {5}No compiler here\.$/),
  })
  const { stdout, exitCode } = await run('job', 'watch', job_id, '--json')
  expect(exitCode).toBe(1)
  expect(z.array(JobView).parse(stdout.split('\n').map(text => JSON.parse(text)))).toEqual([
    await api.jobs.get({ job_id }),
  ])
})

test('job watch leaves quietly at Ctrl-C, and refuses a job that is not there', async () => {
  const { api, start, run } = await installFor(stage)
  const { job_id } = await queueJob(api)
  const watching = start('job', 'watch', job_id)
  await line(watching, /status {4}queued$/)
  watching.kill('SIGINT')
  expect(await watching).toMatchObject({ exitCode: 130, stderr: '' })
  expect(await api.jobs.get({ job_id })).toMatchObject({ status: 'queued' })
  expect(await run('job', 'watch', 'job_1')).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: expect.stringMatching(/^NOT_FOUND: There is no job job_1\.\n.+/),
  })
})

/** Waits until a command has printed a line that reads so. */
function line(command: Command, words: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    createInterface(command.stdout).on('line', said => words.test(said) && resolve())
    void command.then(({ stderr }) => reject(new Error(`the command has ended: ${stderr}`)))
  })
}
