import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { isThere } from '../../src/host/git/worktree-path.ts'
import { makeWorker } from '../support/backlog.ts'
import type { Installation } from '../support/installation.ts'
import { callTool, spawnAgent } from '../support/mcp-client.ts'
import { commitFile, filesOf, headOf, makeClone, makeCloneOf, makeRemote, sh } from '../support/repositories.ts'
import { installFor, openStage } from '../support/stage.ts'

const stage = await openStage()

const Made = z.object({
  product_id: z.string(),
  story_id: z.string(),
  task_id: z.string(),
  job_id: z.string(),
  branch: z.string(),
})

/** Asks for something in a folder, and does not wait for it. */
async function ask({ at }: Installation, folder: string, ...args: string[]) {
  const answer = await at(folder).run('do', '--json', '--detach', ...args)
  expect(answer).toMatchObject({ exitCode: 0 })
  return { ...Made.parse(JSON.parse(answer.stdout)), said: answer.stderr }
}

function agentFile({ machine }: Installation): string {
  return join(machine.home, '.scrum4me-agent-config.json')
}

const Job = z.object({ job_id: z.string(), worktree_path: z.string(), branch_name: z.string() })

test('H57 a wish in a clone is done by an agent in a worktree of that clone, and its commit is on the remote', async () => {
  const owner = await installFor(stage)
  const remote = await makeRemote(owner.machine)
  const clone = await makeClone(owner.machine, remote)
  const asked = owner.at(clone).start('do', 'fix the greeting in hello.js')
  const queued = new Promise<void>(resolve =>
    createInterface(asked.stdout).on('line', said => void (/status +queued$/.test(said) && resolve())),
  )
  await queued
  const client = await spawnAgent(owner, '2025-11-25')
  const job = Job.parse(await callTool(client, 'wait_for_job'))
  const head = await commitFile(job.worktree_path, 'hello.js', 'Hello!\n')
  await callTool(client, 'verify_task_against_plan', { job_id: job.job_id })
  await callTool(client, 'update_job_status', { job_id: job.job_id, status: 'done', summary: 'The greeting is right.' })
  const { exitCode, stdout, stderr } = await asked
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(stdout).toMatch(
    /^Made the product remote .*\nAgents on this machine will work on it in .*clone; .*\nQueued T-1 as /,
  )
  // The summary is there before the push, so a look in between tells it first.
  expect(stdout).toMatch(/ pushed +\w{7} to feat\//)
  expect(stdout).toMatch(/ summary +The greeting is right\.\n/)
  expect(stdout).toMatch(/ status +done$/)
  expect(await headOf(remote, job.branch_name)).toBe(head)
  expect(await filesOf(remote, job.branch_name)).toEqual(['README.md', 'hello.js'])
})

test('an agent that was connected before knows the clone at once', async () => {
  const owner = await installFor(stage)
  const clone = await makeClone(owner.machine, await makeRemote(owner.machine))
  const client = await spawnAgent(owner, '2025-11-25')
  expect(await callTool(client, 'wait_for_job', { wait_seconds: 1 })).toMatchObject({ status: 'timeout' })
  const { said, job_id } = await ask(owner, clone, 'greet')
  expect(said).not.toMatch(/No agent/)
  const job = Job.parse(await callTool(client, 'wait_for_job'))
  expect(job.job_id).toBe(job_id)
  expect(await sh(job.worktree_path, 'rev-parse', '--git-common-dir')).toBe(join(clone, '.git'))
})

test('a second wish is of the same product and PBI, and has a story and a branch of its own', async () => {
  const owner = await installFor(stage)
  const clone = await makeCloneOf(owner.machine, 'https://example.com/acme/shop.git', 'shop')
  await mkdir(join(clone, 'deep', 'below'), { recursive: true })
  const first = await ask(owner, clone, 'greet')
  const second = await ask(owner, join(clone, 'deep', 'below'), 'say', 'goodbye', 'to', 'everybody')
  expect(second.product_id).toBe(first.product_id)
  expect(second.branch).not.toBe(first.branch)
  expect(await owner.api.products.list()).toMatchObject([
    { name: 'shop', repo_url: 'https://example.com/acme/shop.git' },
  ])
  expect(await owner.api.backlog.listPbis({ product_id: first.product_id })).toMatchObject([
    { title: 'Direct requests' },
  ])
  expect((await owner.api.jobs.list({})).map(({ task }) => task?.title)).toEqual(['say goodbye to everybody', 'greet'])
  expect(first.said).toMatch(/Agents on this machine will work on it/)
  expect(second.said).not.toMatch(/Agents on this machine/)
  expect(JSON.parse(await readFile(agentFile(owner), 'utf8'))).toEqual({ repoRoots: { [first.product_id]: clone } })
})

test('in a linked worktree, which may be gone tomorrow, the clone that it belongs to is meant', async () => {
  const owner = await installFor(stage)
  const clone = await makeClone(owner.machine, await makeRemote(owner.machine))
  const linked = join(owner.machine.dir, 'linked')
  await sh(clone, 'worktree', 'add', '--quiet', '-b', 'side', linked)
  const { product_id } = await ask(owner, linked, 'greet')
  expect(JSON.parse(await readFile(agentFile(owner), 'utf8'))).toEqual({ repoRoots: { [product_id]: clone } })
})

describe('the product', () => {
  test('H54 of an origin with a password is made without it, and the password is nowhere', async () => {
    const owner = await installFor(stage)
    const clone = await makeCloneOf(owner.machine, 'https://me:hunter2@example.com/acme/shop.git', 'shop')
    const made = await owner.at(clone).run('do', 'greet', '--detach')
    expect(made.exitCode).toBe(0)
    const products = await owner.api.products.list()
    expect(products).toMatchObject([{ name: 'shop', repo_url: 'https://example.com/acme/shop.git' }])
    const settings = await readFile(agentFile(owner), 'utf8')
    expect(made.stdout + made.stderr + JSON.stringify(products) + settings).not.toContain('hunter2')
    const typed = await owner.run('product', 'create', 'Typed', '--repo-url', 'https://me:hunter2@example.com/a/typed')
    expect(typed).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/^VALIDATION_ERROR: .*password/) })
    expect(typed.stderr).not.toContain('hunter2')
  })

  test('is found by another spelling of its URL; of two, one must be picked; a picked one needs no clone', async () => {
    const owner = await installFor(stage)
    const product = await owner.api.products.create({ name: 'Shop', repo_url: 'git@example.com:acme/Shop.git' })
    const clone = await makeCloneOf(owner.machine, 'https://example.com/acme/shop', 'shop')
    expect(await ask(owner, clone, 'greet')).toMatchObject({ product_id: product.id })
    const twin = await owner.api.products.create({ name: 'Twin', repo_url: 'https://example.com/acme/shop' })
    expect(await owner.at(clone).run('do', 'greet')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(new RegExp(`^CONFLICT: .*\n.*--product ${product.id} or --product ${twin.id}\\.`)),
    })
    expect(await ask(owner, owner.machine.dir, 'greet', '--product', twin.id)).toMatchObject({ product_id: twin.id })
  })

  test('of an origin that means nothing elsewhere has no URL, and is found by its root', async () => {
    const owner = await installFor(stage)
    const clone = await makeCloneOf(owner.machine, '../elsewhere/shop.git', 'shop')
    const first = await ask(owner, clone, 'greet')
    expect(await ask(owner, clone, 'greet again')).toMatchObject({ product_id: first.product_id })
    expect(await owner.api.products.list()).toMatchObject([{ name: 'shop', repo_url: null }])
  })
})

test('a root that a person named is kept and told, and the rest of the file stays as it is', async () => {
  const owner = await installFor(stage)
  const clone = await makeCloneOf(owner.machine, 'https://example.com/acme/shop.git', 'shop')
  const product = await owner.api.products.create({ name: 'Shop', repo_url: 'https://example.com/acme/shop.git' })
  const text = `{ "allowOrigin": {},\t"repoRoots": { "${product.id}": "~/work/shop" } }`
  await writeFile(agentFile(owner), text)
  const { said } = await ask(owner, clone, 'greet')
  expect(said).toMatch(/Agents on this machine work on it in .*\/home\/work\/shop, which repoRoots\[/)
  expect(await readFile(agentFile(owner), 'utf8')).toBe(text)
})

test('a plan of its own is the task’s plan, and the wish its description; without one, any change will do', async () => {
  const owner = await installFor(stage)
  const clone = await makeCloneOf(owner.machine, 'https://example.com/acme/shop.git', 'shop')
  await writeFile(join(clone, 'plan.md'), '- `hello.js`: greet\n')
  const planned = await ask(owner, clone, 'greet', '--plan', 'plan.md')
  const wished = await ask(owner, clone, `write tests for ${'very '.repeat(30)}many things`)
  const { rows } = await stage.db.pool.query(
    'select title, description, implementation_plan, verify_required from tasks where id = any($1) order by id',
    [[planned.task_id, wished.task_id]],
  )
  expect(rows).toEqual([
    {
      title: 'greet',
      description: 'greet',
      implementation_plan: '- `hello.js`: greet\n',
      verify_required: 'ALIGNED_OR_PARTIAL',
    },
    {
      title: expect.stringMatching(/^write tests for (very ?)+…$/),
      description: null,
      implementation_plan: expect.stringMatching(/ many things$/),
      verify_required: 'ANY',
    },
  ])
})

test('an agent that has asked for work is not asked for', async () => {
  const owner = await installFor(stage)
  const clone = await makeCloneOf(owner.machine, 'https://example.com/acme/shop.git', 'shop')
  expect((await ask(owner, clone, 'greet')).said).toMatch(/No agent has asked for work.*\n(.*\n)*.*claude mcp add/)
  await makeWorker(owner.api)
  expect((await ask(owner, clone, 'greet')).said).not.toMatch(/No agent/)
})

test.each([
  ['outside of a clone', [], /^REPO_NOT_CONFIGURED: .*\n.*--product ID/],
  ['without a wish', [' '], /^VALIDATION_ERROR: There is nothing to do\.\n.+/],
  ['with a plan that is not there', ['x', '--plan', 'none.md'], /^VALIDATION_ERROR: The plan none\.md .*\n.+/],
  ['for a product that is not there', ['x', '--product', 'product_1'], /^NOT_FOUND: .*product_1\.\n.+/],
])('%s it says what to do, and makes nothing', async (_, args, words) => {
  const { run, api } = await installFor(stage)
  expect(await run('do', ...(args.length > 0 ? args : ['x']))).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: expect.stringMatching(words),
  })
  expect(await api.products.list()).toEqual([])
})

test('a repository without an origin is refused before anything is made: nothing could be delivered', async () => {
  const owner = await installFor(stage)
  await sh(owner.machine.dir, 'init', '--quiet', 'lonely')
  expect(await owner.at(join(owner.machine.dir, 'lonely')).run('do', 'x')).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: expect.stringMatching(/^REPO_NOT_CONFIGURED: .*no remote called origin.*\n.*git -C \S+ remote add origin/),
  })
  expect(await owner.api.products.list()).toEqual([])
})

test('H53 a demo account asks for nothing: no product, no task, no root', async () => {
  const [demo, owner] = await Promise.all([installFor(stage, { isDemo: true }), stage.person()])
  const [known, unknown] = await Promise.all([
    makeCloneOf(demo.machine, 'https://example.com/acme/known.git', 'known'),
    makeCloneOf(demo.machine, 'https://example.com/acme/unknown.git', 'unknown'),
  ])
  const product = await owner.api.products.create({ name: 'Known', repo_url: 'https://example.com/acme/known.git' })
  await stage.db.pool.query('insert into product_members (product_id, user_id) values ($1, $2)', [
    product.id,
    demo.userId,
  ])
  for (const clone of [known, unknown])
    expect(await demo.at(clone).run('do', 'x')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^PERMISSION_DENIED: A demo account/),
    })
  expect(await demo.api.products.list()).toHaveLength(1)
  expect(await owner.api.backlog.listPbis({ product_id: product.id })).toEqual([])
  expect(await isThere(agentFile(demo))).toBe(false)
})
