import { AjvJsonSchemaValidator } from '@modelcontextprotocol/client/validators/ajv'
import { describe, expect, test } from 'vitest'
import { TOOLS } from '../../src/host/mcp/tools/index.ts'
import { makeHost, makeWorkplace } from '../support/host.ts'
import { callTool, connectAgent, ERAS } from '../support/mcp-client.ts'
import { commitFile, headOf, makeMachine } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { person } = await openTestServer()
const DIALECT = 'https://json-schema.org/draft/2020-12/schema'
const NAMES = TOOLS.map(tool => tool.name)

describe.each(ERAS)('for a client of %s', era => {
  test('the tool list is the same each time, and every tool has a title, annotations and both schemas', async () => {
    const { api } = await person()
    const { client } = await connectAgent(await makeHost(api, await makeMachine()), era)
    const { tools } = await client.listTools()
    expect(tools.map(tool => tool.name)).toEqual(NAMES)
    expect((await client.listTools()).tools).toEqual(tools)
    for (const tool of tools) {
      expect(tool).toMatchObject({
        title: expect.any(String),
        description: expect.any(String),
        annotations: {
          readOnlyHint: expect.any(Boolean),
          destructiveHint: expect.any(Boolean),
          idempotentHint: expect.any(Boolean),
        },
        inputSchema: { type: 'object' },
        outputSchema: { type: 'object', properties: expect.any(Object) },
      })
    }
  })

  test('every tool works, and answers in text and in structured content that its schema allows', async () => {
    const { api } = await person()
    const { machine, repoUrl, remote } = await makeWorkplace(api, { queued: false })
    const { client } = await connectAgent(await makeHost(api, machine), era)
    const call = await callerThatChecks(client)
    const product = await api.products.create({ name: 'Mail', repo_url: repoUrl })

    expect(await call('health')).toMatchObject({ status: 'ok', database: expect.stringMatching(/^PostgreSQL \d/) })
    expect(await call('list_products')).toMatchObject({ products: [{ name: 'Mail' }, { name: 'Shop' }] })
    const pbi = await call('create_pbi', { product_id: product.id, title: 'Letters' })
    const story = await call('create_story', { pbi_id: pbi.id, title: 'Write one' })
    const ids = []
    for (const file of ['hello.js', 'bye.js']) {
      const plan = `Write \`${file}\`.`
      ids.push((await call('create_task', { story_id: story.id, title: file, implementation_plan: plan })).id)
    }
    const sprint = await call('create_sprint', { product_id: product.id, goal: 'Post', story_ids: [story.id] })
    const run = await call('start_sprint_run', { sprint_id: sprint.id })
    expect(await call('check_queue_empty', { product_id: product.id })).toMatchObject({
      empty: false,
      products: [{ claimable: 1, blocked: [{ reason: 'lane_waits_for_older', count: 1 }] }],
    })
    const loose = await call('create_story', { pbi_id: pbi.id, title: 'By itself' })
    const task = await call('create_task', { story_id: loose.id, title: 'Single' })
    const sent = await call('dispatch_job', { task_id: task.id })
    expect(sent).toMatchObject({ status: 'queued' })

    const job = await call('wait_for_job', { product_id: product.id, wait_seconds: 1 })
    expect(job).toMatchObject({ status: 'claimed', kind: 'TASK_IMPLEMENTATION', task: { id: ids[0] } })
    const { job_id, claim_token, worktree_path, branch_name } = job
    expect(await call('job_heartbeat', { job_id })).toMatchObject({ job_id })
    expect(await call('update_job_status', { job_id, status: 'running' })).toMatchObject({ next_action: 'continue' })
    const head = await commitFile(String(worktree_path), 'hello.js', 'hello')
    expect(await call('verify_task_against_plan', { job_id, claim_token })).toMatchObject({
      result: 'aligned',
      verified_sha: head,
    })
    const done = { job_id, status: 'done', summary: 'Written.', usage: { cost_usd: 0.1 } }
    const report = { status: 'done', head_sha: head, branch: branch_name, next_action: 'wait_for_job_again' }
    expect(await call('update_job_status', done)).toMatchObject(report)
    expect(await call('update_job_status', done)).toMatchObject(report)
    expect(await headOf(remote, String(branch_name))).toBe(head)
    expect(await call('get_job', { job_id })).toMatchObject({ status: 'done', head_sha: head })
    expect(await call('get_sprint_run', { sprint_run_id: run.id })).toMatchObject({ status: 'running' })
    expect(await call('list_jobs', { product_id: product.id, statuses: ['done'] })).toMatchObject({
      jobs: [{ job_id, status: 'done', task: { id: ids[0] } }],
    })
    const spare = await call('create_task', { story_id: loose.id, title: 'Spare' })
    expect(spare).toMatchObject({ status: 'todo' })
    expect(await call('update_task_status', { task_id: spare.id, status: 'excluded' })).toMatchObject({
      status: 'excluded',
    })
    const handedBack = await call('wait_for_job', { product_id: product.id, wait_seconds: 1 })
    await call('release_job', { job_id: handedBack.job_id, reason: 'Something is missing.' })
    const single = { job_id: sent.job_id }
    expect(await call('cancel_job', single)).toMatchObject({ status: 'cancelled' })
    const whole = await call('create_story', { pbi_id: pbi.id, title: 'As a whole' })
    const plan = 'Write `whole.js`.'
    await call('create_task', { story_id: whole.id, title: 'Whole', implementation_plan: plan })
    const batch = await call('create_sprint', { product_id: product.id, goal: 'All', story_ids: [whole.id] })
    await call('start_sprint_run', { sprint_id: batch.id, execution: 'BATCH' })
    const sprintJob = await call('wait_for_job', { product_id: product.id, wait_seconds: 1 })
    expect(sprintJob).toMatchObject({ kind: 'SPRINT_IMPLEMENTATION', task_executions: [{ status: 'pending' }] })
    const [{ execution_id }] = sprintJob.task_executions as [{ execution_id: string }]
    expect(await call('update_task_execution', { execution_id, status: 'running' })).toMatchObject({
      status: 'running',
    })
    const last = await commitFile(String(sprintJob.worktree_path), 'whole.js', 'all of it')
    expect(await call('verify_sprint_task', { execution_id })).toMatchObject({
      result: 'aligned',
      allowed_for_done: true,
    })
    expect(await call('update_task_execution', { execution_id, status: 'done' })).toMatchObject({
      status: 'done',
      head_sha: last,
      next: null,
      sprint_run_status: 'running',
    })
    expect(
      await call('update_job_status', { job_id: sprintJob.job_id, status: 'done', summary: 'All of it.' }),
    ).toMatchObject({ status: 'done', head_sha: last })
    expect(await call('retry_job', single)).toMatchObject({ status: 'queued' })
    const aRun = { sprint_run_id: run.id }
    expect(await call('pause_sprint_run', aRun)).toMatchObject({ status: 'paused' })
    expect(await call('resume_sprint_run', aRun)).toMatchObject({ status: 'running' })
    expect(await call('cancel_sprint_run', aRun)).toMatchObject({ status: 'cancelled' })
    expect(await call('list_my_worktrees')).toEqual({ worktrees: [] })
    expect(await call('cleanup_my_worktrees')).toEqual({ removed: [] })
    expect(new Set(call.called)).toEqual(new Set(NAMES))
  })

  test('a wait without a job ends with a message when its time is up', async () => {
    const { api } = await person()
    const { client } = await connectAgent(await makeHost(api, await makeMachine()), era)
    const call = await callerThatChecks(client)
    expect(await call('wait_for_job', { wait_seconds: 1 })).toMatchObject({
      status: 'timeout',
      message: expect.stringContaining('wait_for_job'),
    })
  })
})

type Client = Awaited<ReturnType<typeof connectAgent>>['client']

/** Calls tools and holds each answer against the schema that the tool list promises. */
async function callerThatChecks(client: Client) {
  const { tools } = await client.listTools()
  const validator = new AjvJsonSchemaValidator()
  const called: string[] = []
  const call = async (name: string, input: Record<string, unknown> = {}) => {
    const answer = await callTool(client, name, input)
    const { $schema = DIALECT, ...schema } = tools.find(tool => tool.name === name)?.outputSchema ?? {}
    expect(validator.getValidator({ $schema, ...schema })(answer), name).toMatchObject({ valid: true })
    expect(Object.keys(schema.properties ?? {}), name).toEqual(expect.arrayContaining(Object.keys(answer)))
    called.push(name)
    return answer
  }
  return Object.assign(call, { called })
}
