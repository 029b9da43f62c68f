import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { JobView } from '../../src/contract/job.ts'
import { first, makeBacklog } from '../support/backlog.ts'
import { makeInstallation } from '../support/installation.ts'
import { openTestServer } from '../support/server.ts'

const { db, person } = await openTestServer()

/** An installation of a person of its own. */
async function installFor(options: Parameters<typeof person>[0] = {}, variables: Record<string, string> = {}) {
  const owner = await person(options)
  const config = { token: owner.token, personToken: owner.token }
  return { ...(await makeInstallation(config, { DATABASE_URL: db.url, ...variables })), ...owner }
}

describe('product', () => {
  test('create makes one, and list shows it, as text and as JSON', async () => {
    const { run, api } = await installFor()
    expect(await run('product', 'list')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('scrum4me product create'),
      stderr: '',
    })
    const text = await run('product', 'create', 'Shop', '--repo-url', 'https://example.com/acme/shop.git')
    expect(text).toMatchObject({ exitCode: 0, stderr: '' })
    const { stdout } = await run('product', 'create', 'Mail', '--definition-of-done', 'It is green.', '--json')
    expect(JSON.parse(stdout)).toMatchObject({ name: 'Mail', repo_url: null, definition_of_done: 'It is green.' })
    const products = await api.products.list()
    expect(products.map(({ name, repo_url }) => [name, repo_url])).toEqual([
      ['Mail', null],
      ['Shop', 'https://example.com/acme/shop.git'],
    ])
    const [listed, asJson] = await Promise.all([run('product', 'list'), run('product', 'list', '--json')])
    expect(listed.stdout.split('\n')).toEqual([
      expect.stringMatching(/^ID +NAME +REPOSITORY$/),
      expect.stringContaining('Mail'),
      expect.stringMatching(/^product_\S+ +Shop +https:\/\/example\.com\/acme\/shop\.git$/),
    ])
    expect(JSON.parse(asJson.stdout)).toEqual(products)
  })
})

describe('job', () => {
  test('dispatch sends a task, list and show tell of it, as text and as JSON', async () => {
    const { run, api } = await installFor()
    const { firstTask, product } = await makeBacklog(api)
    const sent = await run('job', 'dispatch', firstTask.id, '--json')
    const job = JobView.parse(JSON.parse(sent.stdout))
    expect(job).toMatchObject({ status: 'queued', task: { id: firstTask.id } })
    const [again, text, list, none, shown] = await Promise.all([
      run('job', 'dispatch', firstTask.id),
      run('job', 'show', job.job_id),
      run('job', 'list', '--json', '--product', product.id, '--status', 'queued,running', '--limit', '1'),
      run('job', 'list', '--status', 'done'),
      run('job', 'list'),
    ])
    expect(again).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(/^CONFLICT: .*live job.*\n.+/),
    })
    expect(text.stdout).toMatch(new RegExp(`^id +${job.job_id}\nstatus +queued\ntask +T-1 Task 1.1\nbranch +feat/`))
    expect(JSON.parse(list.stdout)).toEqual([await api.jobs.get({ job_id: job.job_id })])
    expect(none).toMatchObject({ exitCode: 0, stdout: 'There is no such job.' })
    expect(shown.stdout).toMatch(new RegExp(`^ID +STATUS +TASK +BRANCH\n${job.job_id} +queued +T-1 Task 1.1 +feat/`))
  })
})

describe('token', () => {
  const Made = z.object({ id: z.string(), token: z.string(), scopes: z.array(z.string()) })

  test('H54 create shows the secret once; it is in no file, no log and no process list, and stored as a hash', async () => {
    const { run, configFile, env, machine } = await installFor({}, { SCRUM4ME_LOG_LEVEL: 'trace' })
    const config = await readFile(configFile, 'utf8')
    const { stdout, stderr } = await run('token', 'create', '--name', 'ci', '--json')
    const made = Made.parse(JSON.parse(stdout))
    expect(made.token).toMatch(/^s4m_/)
    expect(made.scopes).toEqual(['read', 'work', 'author'])
    expect(stderr).not.toContain(made.token)
    expect(await readFile(configFile, 'utf8')).toBe(config)
    expect((await stat(configFile)).mode & 0o777).toBe(0o600)
    const { stdout: found } = await execa('grep', ['-r', made.token, machine.dir], { reject: false })
    expect(found).toBe('')
    const { rows } = await db.pool.query('select row_to_json(t)::text as row from api_tokens t where id = $1', [
      made.id,
    ])
    expect(first<{ row: string }>(rows).row).not.toContain(made.token)
    expect(env.SCRUM4ME_TOKEN).toBeUndefined()
  })

  test('a new token works at once, within its scopes', async () => {
    const { run, env } = await installFor()
    const { stdout } = await run('token', 'create', '--name', 'reader', '--scopes', 'read')
    const token = /^token +(\S+)$/m.exec(stdout)?.[1] ?? ''
    expect(stdout).toContain('not shown again')
    env.SCRUM4ME_TOKEN = token
    expect(await run('product', 'list')).toMatchObject({ exitCode: 0 })
    expect(await run('product', 'create', 'No')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^PERMISSION_DENIED: .*"author".*\n.*token create --scopes read,author/),
    })
  })
})

describe('an error', () => {
  test.each([
    [['job', 'show', 'job_1'], /^NOT_FOUND: There is no job job_1\.\n.+/],
    [['job', 'list', '--limit', 'many'], /^VALIDATION_ERROR: .*limit.*\n.+/],
    [['job', 'list', '--status', 'lost'], /^VALIDATION_ERROR: --status takes words out of: queued, .*\n.+/],
    [['product', 'create', 'X', '--repo-url', 'ext::sh -c date'], /^VALIDATION_ERROR: .*\n.+/],
    [['token', 'create', '--name', 'x', '--scopes', 'root'], /^VALIDATION_ERROR: .*"root".*\n.*person/],
    [['token', 'create', '--name', 'x', '--expires-in-days', 'soon'], /^VALIDATION_ERROR: .*expires_in_days.*\n.+/],
    [['frobnicate'], /There is no command "frobnicate"[\s\S]*product/],
    [['job', 'frobnicate'], /There is no command "job frobnicate"[\s\S]*dispatch/],
    [['job', 'show'], /ID.*\n.*--help/],
    [['token', 'create'], /name.*\n.*--help/],
    [['product', 'create', 'X', '--colour', 'red'], /^VALIDATION_ERROR: There is no option --colour\.\n.*--repo-url/],
  ])('of %j goes to stderr with what to do, and the exit status is 1', async (args, words) => {
    const { run } = await installFor()
    expect(await run(...args)).toEqual({ exitCode: 1, stdout: '', stderr: expect.stringMatching(words) })
  })

  test('without a server says how to start one; so does a database that does not answer', async () => {
    const installations = await Promise.all([
      makeInstallation(null),
      makeInstallation({ personToken: 'x' }, { DATABASE_URL: 'postgresql://scrum4me:secret-word@127.0.0.1:1/x' }),
      makeInstallation({ url: 'http://127.0.0.1:1', personToken: 'x' }),
    ])
    for (const { run } of installations) {
      const { exitCode, stderr } = await run('product', 'list')
      expect(exitCode).toBe(1)
      expect(stderr).toMatch(/^SERVER_UNAVAILABLE: .*\n.*scrum4me up/)
      expect(stderr).not.toContain('secret-word')
    }
  })

  test('H54 a server URL with a password in it is refused, and not repeated', async () => {
    const { run } = await makeInstallation({ url: 'http://me:secret-word@127.0.0.1:1' })
    const { exitCode, stderr } = await run('product', 'list')
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining('SCRUM4ME_TOKEN') })
    expect(stderr).not.toContain('secret-word')
  })

  test('of a token that is not known says how to get one, and does not repeat it', async () => {
    const { run } = await installFor({}, { SCRUM4ME_TOKEN: 's4m_unknown' })
    const { exitCode, stderr } = await run('product', 'list')
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/^PERMISSION_DENIED: .*\n.*scrum4me token create/)
    expect(stderr).not.toContain('s4m_unknown')
  })
})

describe('a configuration file', () => {
  test.each([
    ['a word without quotes', '{\n  "url": abc\n}\n', 'line 2, column 10'],
    ['a comma too many', '{\n  "token": "x",\n}\n', 'line 3, column 1'],
    ['no end', '{\n  "token": "x"', 'line 2, column 15'],
  ])('H44 with %s is named with line and column', async (_, text, place) => {
    const { run, configFile } = await makeInstallation(null)
    await writeFile(configFile, text)
    const { exitCode, stderr } = await run('product', 'list')
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/^CONFIG_INVALID: /)
    expect(stderr).toContain(configFile)
    expect(stderr).toContain(place)
  })

  test('H44 with an unknown key is named with the key, be it ours or the agents’', async () => {
    const { run, configFile, machine } = await installFor()
    const agentFile = join(machine.home, '.scrum4me-agent-config.json')
    await writeFile(agentFile, '{ "repoRoot": {} }')
    expect((await run('product', 'list')).stderr).toMatch(
      /^CONFIG_INVALID: .*\.scrum4me-agent-config\.json.*"repoRoot"/,
    )
    await writeFile(agentFile, '{}')
    await mkdir(dirname(configFile), { recursive: true })
    await writeFile(configFile, '{ "URL": "x" }')
    expect((await run('product', 'list')).stderr).toMatch(/^CONFIG_INVALID: .*config\.json.*"URL"/)
  })

  test('H44 a variable that is not valid is named', async () => {
    const { run } = await installFor({}, { SCRUM4ME_LEASE_SECONDS: 'long' })
    expect((await run('product', 'list')).stderr).toMatch(/^CONFIG_INVALID: .*SCRUM4ME_LEASE_SECONDS/)
  })
})

test('H53 a demo account looks at everything and changes nothing, through the command line', async () => {
  const owner = await person()
  const { product, firstTask } = await makeBacklog(owner.api)
  const { run, userId } = await installFor({ isDemo: true })
  await db.pool.query('insert into product_members (product_id, user_id) values ($1, $2)', [product.id, userId])
  const looks = await Promise.all([run('product', 'list'), run('job', 'list')])
  expect(looks.map(({ exitCode }) => exitCode)).toEqual([0, 0])
  expect(looks[0]?.stdout).toContain('Shop')
  const changes = await Promise.all([
    run('product', 'create', 'Mine'),
    run('job', 'dispatch', firstTask.id),
    run('token', 'create', '--name', 'mine'),
  ])
  for (const { exitCode, stdout, stderr } of changes) {
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).toMatch(/^PERMISSION_DENIED: A demo account can look at everything and change nothing\.\n.+/)
  }
  const { rows } = await db.pool.query(
    `select (select count(*) from claude_jobs where user_id = $1)::int as jobs,
            (select count(*) from products where user_id = $1)::int as products,
            (select count(*) from api_tokens where user_id = $1)::int as tokens`,
    [userId],
  )
  expect(rows).toEqual([{ jobs: 0, products: 0, tokens: 1 }])
})
