import { describe, expect, test } from 'vitest'
import { makeBacklog } from '../support/backlog.ts'
import { makeSprint, startRun } from '../support/held-jobs.ts'
import { openTestServer } from '../support/server.ts'

const { db, person } = await openTestServer()

describe('H63 two live runs of a sprint, or jobs of a task, cannot exist:', () => {
  test('of eight starts of one sprint at once, one makes a run and the others get CONFLICT', async () => {
    const { api } = await person()
    const { product, stories } = await makeBacklog(api, { tasks: 2 })
    const sprint = await makeSprint(api, { product, stories })
    const codes = await Promise.all(eightTimes(() => codeOf(api.sprints.startRun({ sprint_id: sprint.id }))))
    expect(codes.sort()).toEqual([...Array(7).fill('CONFLICT'), 'ok'])
    expect(await api.jobs.list({ product_id: product.id })).toHaveLength(2)
  })

  test('of eight dispatches of one task at once, one makes a job and the others get CONFLICT', async () => {
    const { api } = await person()
    const { product, firstTask } = await makeBacklog(api)
    const codes = await Promise.all(eightTimes(() => codeOf(api.jobs.dispatch({ task_id: firstTask.id }))))
    expect(codes.sort()).toEqual([...Array(7).fill('CONFLICT'), 'ok'])
    expect(await api.jobs.list({ product_id: product.id })).toHaveLength(1)
  })

  test('a run and a dispatch of one of its tasks at once: one of them is refused and leaves nothing', async () => {
    const { api } = await person()
    for (let round = 0; round < 5; round++) {
      const { product, stories, tasks, firstTask } = await makeBacklog(api, { tasks: 3 })
      const sprint = await makeSprint(api, { product, stories })
      const [run, job] = await Promise.all([
        codeOf(api.sprints.startRun({ sprint_id: sprint.id })),
        codeOf(api.jobs.dispatch({ task_id: firstTask.id })),
      ])
      if (run === 'ok') expect(job).toBe('CONFLICT')
      else expect({ run, job }).toEqual({ run: expect.stringMatching(/^(CONFLICT|SPRINT_BLOCKED)$/), job: 'ok' })
      expect(await api.jobs.list({ product_id: product.id })).toHaveLength(run === 'ok' ? tasks.length : 1)
    }
  })

  test.each([
    ['sprint_runs', 'sprint_runs_one_live'],
    ['claude_jobs', 'claude_jobs_one_live_per_task'],
  ])('the database itself refuses a copy of a live row of %s', async (table, constraint) => {
    await startRun((await person()).api)
    const copy = db.pool.query(`
      insert into ${table} select (jsonb_populate_record(t, jsonb_build_object('id', t.id || '_copy'))).*
        from ${table} t where t.status = 'QUEUED' order by t.id desc limit 1`)
    await expect(copy).rejects.toMatchObject({ code: '23505', constraint })
  })
})

function eightTimes<T>(act: () => Promise<T>): Promise<T>[] {
  return Array.from({ length: 8 }, act)
}

/** How a call ended: "ok", or the code that it was refused with. */
function codeOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => 'ok',
    (error: { code: unknown }) => error.code,
  )
}
