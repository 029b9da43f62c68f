import { describe, expect, test } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { ERROR_HINTS } from '../../src/errors.ts'
import { TOOLS } from '../../src/host/mcp/tools/index.ts'
import { first, makeBacklog } from '../support/backlog.ts'
import { makeHost } from '../support/host.ts'
import { callTool, connectAgent, failTool } from '../support/mcp-client.ts'
import { makeMachine } from '../support/repositories.ts'
import { openTestServer, type Person } from '../support/server.ts'

const { db, person } = await openTestServer()
const NAMES = TOOLS.map(tool => tool.name)

/** A mistake in the input of each tool that takes any. */
const MISTAKES: Record<string, Record<string, unknown>> = {
  wait_for_job: { wait_seconds: 0 },
  update_job_status: { job_id: 'job_1', status: 'finished' },
  job_heartbeat: { job_id: '' },
  verify_task_against_plan: { job_id: 'job_1', claim_token: 'not-a-uuid' },
  verify_sprint_task: { execution_id: '' },
  update_task_execution: { execution_id: 'exec_1', status: 'pending' },
  release_job: { job_id: 'job_1', reason: 'short' },
  dispatch_job: { task_id: 'task_1', kind: 'COFFEE' },
  check_queue_empty: { product_id: 5 },
  get_job: {},
  list_jobs: { statuses: ['finished'] },
  start_sprint_run: { sprint_id: 'sprint_1', pr_strategy: 'NONE' },
  cancel_job: {},
  retry_job: { job_id: 7 },
  get_sprint_run: { sprint_run_id: null },
  pause_sprint_run: { sprint_run_id: '' },
  resume_sprint_run: { sprint_run_id: '' },
  cancel_sprint_run: { sprint_run_id: '' },
  create_pbi: { product_id: 'product_1', title: ' ' },
  create_story: { pbi_id: 'pbi_1', title: 'x', priority: 9 },
  create_task: { story_id: 'story_1', title: 'x'.repeat(201) },
  update_task_status: { task_id: 'task_1', status: 'to_do' },
  create_sprint: { product_id: 'product_1', goal: '' },
}
/** Ids that do not exist, for each tool that takes one. */
const STRANGE_IDS: Record<string, Record<string, unknown>> = {
  wait_for_job: { product_id: 'product_1', wait_seconds: 1 },
  dispatch_job: { task_id: 'task_1' },
  get_job: { job_id: 'job_1' },
  start_sprint_run: { sprint_id: 'sprint_1' },
  cancel_job: { job_id: 'job_1' },
  retry_job: { job_id: 'job_1' },
  get_sprint_run: { sprint_run_id: 'run_1' },
  pause_sprint_run: { sprint_run_id: 'run_1' },
  resume_sprint_run: { sprint_run_id: 'run_1' },
  cancel_sprint_run: { sprint_run_id: 'run_1' },
  create_pbi: { product_id: 'product_1', title: 'x' },
  create_story: { pbi_id: 'pbi_1', title: 'x' },
  create_task: { story_id: 'story_1', title: 'x' },
  update_task_status: { task_id: 'task_1', status: 'done' },
  create_sprint: { product_id: 'product_1', goal: 'x' },
}
const WITHOUT_INPUT = ['list_products', 'list_my_worktrees', 'cleanup_my_worktrees', 'health']
const OF_A_HOLDER = [
  'update_job_status',
  'job_heartbeat',
  'verify_task_against_plan',
  'verify_sprint_task',
  'update_task_execution',
  'release_job',
]
const REASON = 'It cannot be done on this machine.'

describe('an error', () => {
  test('VALIDATION_ERROR names the value that is wrong, for every tool that takes any', async () => {
    const { api } = await person()
    const { client } = await connectAgent(await makeHost(api, await makeMachine()), '2026-07-28')
    expect([...Object.keys(MISTAKES), ...WITHOUT_INPUT].sort()).toEqual([...NAMES].sort())
    for (const [name, input] of Object.entries(MISTAKES)) {
      const text = await failTool(client, name, input)
      const wrong = Object.keys(input).at(-1) ?? 'job_id'
      expect.soft(text, name).toMatch(/^VALIDATION_ERROR: /)
      expect.soft(text, name).toContain(wrong)
      expect.soft(text, name).toContain(ERROR_HINTS.VALIDATION_ERROR)
    }
  })

  test("H52 NOT_FOUND is the answer to an id that does not exist and to another user's alike", async () => {
    const { api } = await person()
    const { client } = await connectAgent(await makeHost(api, await makeMachine()), '2026-07-28')
    for (const [name, input] of Object.entries(STRANGE_IDS)) {
      expect.soft(await failTool(client, name, input), name).toMatch(/^NOT_FOUND: .*\n.+/)
    }
    const theirs = await makeTheirs((await person()).api)
    for (const [name, input] of Object.entries(STRANGE_IDS)) {
      const [key = ''] = Object.keys(input)
      const anothers = { ...input, [key]: theirs[key] }
      const text = await failTool(client, name, anothers)
      const unknown = await failTool(client, name, input)
      expect.soft(text.replaceAll(String(theirs[key]), String(input[key])), name).toBe(unknown)
    }
  })

  test('H22 LEASE_LOST is the answer to a report of a worker that holds no such job', async () => {
    const { api } = await person()
    const { client } = await connectAgent(await makeHost(api, await makeMachine()), '2026-07-28')
    for (const name of OF_A_HOLDER) {
      const text = await failTool(client, name, {
        job_id: 'job_1',
        execution_id: 'exec_1',
        status: 'done',
        reason: REASON,
      })
      expect.soft(text, name).toMatch(/^LEASE_LOST: .*\n.*wait_for_job/)
    }
  })

  test('PERMISSION_DENIED is the answer to a token that may only read, and says how to get another', async () => {
    const { api } = await person({ scopes: ['read'] })
    const { client } = await connectAgent(await makeHost(api, await makeMachine()), '2025-11-25')
    expect(await callTool(client, 'list_products')).toEqual({ products: [] })
    expect(await failTool(client, 'wait_for_job', { wait_seconds: 1 })).toMatch(
      /^PERMISSION_DENIED: .*"work".*\n.*scrum4me token create --scopes read,work/,
    )
    expect(await failTool(client, 'create_pbi', { product_id: 'p', title: 'x' })).toMatch(
      /^PERMISSION_DENIED: .*"author"/,
    )
  })

  test('CONFLICT refuses a second live job of one task, and says why', async () => {
    const { api } = await person()
    const { firstTask } = await makeBacklog(api)
    const { client } = await connectAgent(await makeHost(api, await makeMachine()), '2025-11-25')
    await callTool(client, 'dispatch_job', { task_id: firstTask.id })
    expect(await failTool(client, 'dispatch_job', { task_id: firstTask.id })).toMatch(/^CONFLICT: .*live job/)
  })
})

test('H53 a demo account looks at everything and changes nothing, through every tool', async () => {
  const owner = await person()
  const theirs = await makeTheirs(owner.api)
  const demo = await person({ isDemo: true })
  await addMember(demo, theirs.product_id ?? '')
  const { client } = await connectAgent(await makeHost(demo.api, await makeMachine()), '2026-07-28')
  const before = await countRows()
  for (const { name, annotations } of TOOLS) {
    const input = {
      ...theirs,
      execution_id: 'exec_1',
      title: 'x',
      goal: 'x',
      status: 'done',
      reason: REASON,
      wait_seconds: 1,
    }
    // No worktree of a demo account can stand anywhere.
    if (annotations.readOnlyHint || name === 'cleanup_my_worktrees') await callTool(client, name, input)
    else {
      const refused = OF_A_HOLDER.includes(name) ? 'LEASE_LOST' : 'PERMISSION_DENIED'
      expect.soft(await failTool(client, name, input), name).toMatch(new RegExp(`^${refused}: .*\n.+`))
    }
  }
  expect(await countRows()).toEqual(before)
})

/** One of everything that belongs to somebody, by the names that inputs have for it. */
async function makeTheirs(api: ApiClient): Promise<Record<string, string>> {
  const { product, pbi, stories, firstTask } = await makeBacklog(api, { stories: 2 })
  const story_ids = stories.slice(1).map(story => story.id)
  const sprint = await api.sprints.create({ product_id: product.id, goal: 'x', story_ids })
  const run = await api.sprints.startRun({ sprint_id: sprint.id })
  const job = await api.jobs.dispatch({ task_id: firstTask.id })
  const [pbi_id, story_id] = [pbi.id, first(stories).id]
  const ids = { product_id: product.id, pbi_id, story_id, task_id: firstTask.id, sprint_id: sprint.id }
  return { ...ids, sprint_run_id: run.id, job_id: job.job_id }
}

async function addMember({ userId }: Person, productId: string): Promise<void> {
  await db.pool.query('insert into product_members (product_id, user_id) values ($1, $2)', [productId, userId])
}

/** How many rows every table has. */
async function countRows(): Promise<Record<string, string>> {
  const { rows } = await db.pool.query(`select table_name as name from information_schema.tables
     where table_schema = 'public' order by table_name`)
  const counts: Record<string, string> = {}
  for (const { name } of rows) counts[name] = (await db.pool.query(`select count(*) from ${name}`)).rows[0].count
  return counts
}
