import { expect, test } from 'vitest'
import { makeBacklog } from '../support/backlog.ts'
import { startRun } from '../support/held-jobs.ts'
import { openTestServer } from '../support/server.ts'

const { person } = await openTestServer()

test('the pages of a list of jobs hold each job once, also of jobs that were made at one instant', async () => {
  const { api } = await person()
  const { product } = await startRun(api, { tasks: 5 })
  const whole = await api.jobs.list({ product_id: product.id })
  const paged = []
  for (let before: string | undefined; ; ) {
    const page = await api.jobs.list({ product_id: product.id, limit: 2, before })
    paged.push(...page)
    before = page.at(-1)?.job_id
    if (page.length < 2) break
  }
  expect(whole).toHaveLength(5)
  expect(paged).toEqual(whole)
})

test('H52 a job of somebody else begins no page, like one that does not exist', async () => {
  const [owner, stranger] = [await person(), await person()]
  const { firstTask } = await makeBacklog(owner.api)
  const { job_id } = await owner.api.jobs.dispatch({ task_id: firstTask.id })
  await startRun(stranger.api, { tasks: 2 })
  expect(await stranger.api.jobs.list({ before: job_id })).toEqual([])
  expect(await stranger.api.jobs.list({ before: 'job_unknown' })).toEqual([])
})
