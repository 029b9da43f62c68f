import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isThere } from '../../src/host/git/worktree-path.ts'
import { examine, write } from '../support/doctor.ts'
import { type Installation, makeInstallation } from '../support/installation.ts'
import { makeClone, makeRemote } from '../support/repositories.ts'
import { dumpRows } from '../support/rows.ts'
import { installFor, openStage } from '../support/stage.ts'

const stage = await openStage()
test('when all is well every check says so, and the exit status is 0', async () => {
  const here = await installFor(stage, {}, { GIT_CONFIG_COUNT: '2', ...identity })
  const remote = await makeRemote(here.machine)
  const clone = await makeClone(here.machine, remote)
  const product = await here.api.products.create({ name: 'Shop', repo_url: pathToFileURL(remote).href })
  await write(agentFile(here), JSON.stringify({ repoRoots: { [product.id]: clone } }))
  await here.run('connect', 'codex', '--yes')
  const { exitCode, of, checks } = await examine(here)
  expect(checks).toEqual([
    'node',
    'git',
    'configuration',
    'folders',
    'port',
    'server',
    'tokens',
    'repositories',
    'worktrees',
    'agents',
  ])
  expect(exitCode).toBe(0)
  expect(of('git')[1]).toBe('ok Commits are made as A Person <person@example.com>.')
  expect(of('server')).toEqual([
    expect.stringMatching(/Scrum4Me 0\.1\.0-test on PostgreSQL \d+\.\d+ at http:.*, for Test person/),
  ])
  expect(of('repositories')).toEqual([`ok Shop: ${clone}, which may push.`])
  expect(of('worktrees')).toEqual(['ok No worktree stands.'])
  expect(of('agents')).toEqual(['ok Codex knows Scrum4Me.'])
})

const identity = {
  GIT_CONFIG_KEY_0: 'user.name',
  GIT_CONFIG_VALUE_0: 'A Person',
  GIT_CONFIG_KEY_1: 'user.email',
  GIT_CONFIG_VALUE_1: 'person@example.com',
}

function agentFile({ machine }: Installation): string {
  return join(machine.home, '.scrum4me-agent-config.json')
}

test('as text each line has its sign, each trouble its remedy, and the last line counts', async () => {
  const { run } = await makeInstallation(null)
  const { exitCode, stdout } = await run('doctor')
  expect(exitCode).toBe(1)
  expect(stdout).toMatch(/^✓ node +Node \d+\.\d+\.\d+\n✓ git +git \d/)
  expect(stdout).toMatch(/^✗ server +Scrum4Me has not been started on this machine yet\.\n +→ Run `scrum4me up`/m)
  expect(stdout).toMatch(/\n\n1 in trouble, 2 to look at\.$/)
})

test('H54 with a server that is down everything else is looked at, and no password is told', async () => {
  const url = 'postgresql://scrum4me:secret-word@127.0.0.1:1/scrum4me'
  const here = await makeInstallation({ token: 's4m_agents_secret' }, { DATABASE_URL: url })
  const { of, stdout, checks } = await examine(here)
  expect(of('server')).toEqual([expect.stringMatching(/^trouble .*→ .*scrum4me up/)])
  expect(checks).toEqual(expect.arrayContaining(['node', 'git', 'folders', 'worktrees', 'agents']))
  for (const secret of ['secret-word', 's4m_agents_secret']) expect(stdout).not.toContain(secret)
})

describe('the configuration', () => {
  test('H44 that cannot be read is trouble with its place, and what does not need it is looked at', async () => {
    const here = await installFor(stage)
    await writeFile(here.configFile, '{\n  "token": "s4m_secret",\n}\n')
    const { of, stdout, checks } = await examine(here)
    expect(of('configuration')).toEqual([expect.stringMatching(/^trouble .*config\.json.*line 3, column 1/)])
    expect(checks).toEqual(['node', 'git', 'configuration', 'agents'])
    expect(stdout).not.toContain('s4m_secret')
  })

  test('H54 that other users can read is warned of', async () => {
    const here = await installFor(stage)
    await chmod(here.configFile, 0o644)
    expect((await examine(here)).of('configuration')).toEqual([expect.stringMatching(/^warning .*→ chmod 600 /)])
  })
})

describe('git', () => {
  test.each([
    ['that is too old', '#!/bin/sh\necho git version 2.20.1\n', /^trouble git 2\.20\.1 is too old\. → .*2\.33/],
    ['that is not there', null, /^trouble There is no git on this machine\. → Install git/],
  ])('%s is trouble', async (_, script, words) => {
    const here = await makeInstallation(null)
    const bin = join(here.machine.dir, 'bin')
    await mkdir(bin)
    if (script) await writeFile(join(bin, 'git'), script, { mode: 0o755 })
    here.env.PATH = bin
    expect((await examine(here)).of('git')).toEqual([expect.stringMatching(words)])
  })

  test('without an identity says whose name is taken', async () => {
    const { of } = await examine(await makeInstallation(null))
    expect(of('git')[1]).toMatch(/^warning .*Scrum4Me agent.*→ .*git config/)
  })
})

test('H40 a data folder that cannot be made is trouble, and says which variable names another', async () => {
  const here = await makeInstallation(null)
  await writeFile(join(here.machine.dir, 'file'), '')
  here.env.SCRUM4ME_DATA_DIR = join(here.machine.dir, 'file', 'data')
  expect((await examine(here)).of('folders')).toEqual([
    expect.stringMatching(/^trouble The folder for data, .*→ .*SCRUM4ME_DATA_DIR/),
    expect.stringMatching(/^ok The folder for worktrees, .* free\.$/),
  ])
})

test('H40 a disk with less room than a job may need is trouble, and says how to go on', async () => {
  const here = await makeInstallation(null, { SCRUM4ME_MIN_FREE_DISK: '9000TB' })
  expect((await examine(here)).of('folders')).toEqual([
    expect.stringMatching(/^trouble .* for data, .* only .* free: .* no job below 9000 TB\. → Make room/),
    expect.stringMatching(/^trouble .* for worktrees, .*→ .*SCRUM4ME_MIN_FREE_DISK/),
  ])
})

test('a port is free, ours, or another’s', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void other.close())
  await new Promise(resolve => other.once('listening', resolve))
  const address = other.address()
  const taken = typeof address === 'object' && address ? String(address.port) : ''
  other.on('connection', socket => socket.destroy())
  const said = async (SCRUM4ME_PORT: string) =>
    (await examine(await makeInstallation(null, { SCRUM4ME_PORT }))).of('port')
  expect(await said(new URL(stage.url).port)).toEqual([expect.stringMatching(/^ok Scrum4Me 0\.1\.0-test listens at /)])
  expect(await said(taken)).toEqual([expect.stringMatching(/^warning .*taken by another program\. → .*SCRUM4ME_PORT/)])
})

describe('tokens', () => {
  test('H54 that are missing, revoked or too wide are told, and never shown', async () => {
    const owner = await stage.person()
    const { id, token } = await owner.api.tokens.create({ name: 'old' })
    await owner.api.tokens.revoke({ token_id: id })
    const here = await makeInstallation({ url: stage.url, token: owner.token, personToken: token })
    const { of, stdout } = await examine(here)
    expect(of('tokens')).toEqual([
      'ok The token for agents, "test", may read, work, author, person.',
      expect.stringMatching(
        /^warning With the scope "person" an agent can approve its own work\. → .*--scopes read,work,author$/,
      ),
      expect.stringMatching(/^trouble The token for commands is unknown, expired or revoked\. → .*scrum4me up/),
    ])
    for (const secret of [token, owner.token]) expect(stdout).not.toContain(secret)
    const bare = await makeInstallation({ url: stage.url })
    expect((await examine(bare)).of('tokens')).toEqual([
      expect.stringMatching(/^trouble There is no token for agents\./),
      expect.stringMatching(/^trouble There is no token for commands\./),
    ])
  })

  test('that lack a scope or end soon are warned of; SCRUM4ME_TOKEN is looked at instead of both', async () => {
    const owner = await stage.person()
    const [reader, brief] = await Promise.all([
      owner.api.tokens.create({ name: 'reader', scopes: ['read'] }),
      owner.api.tokens.create({ name: 'brief', scopes: ['read', 'work', 'author', 'person'], expires_in_days: 1 }),
    ])
    const here = await makeInstallation({ url: stage.url, token: reader.token, personToken: brief.token })
    expect((await examine(here)).of('tokens')).toEqual([
      expect.stringMatching(/^warning .*"reader", may read\. It lacks work, author\./),
      expect.stringMatching(/^warning .*"brief", .* It ends at 20/),
    ])
    here.env.SCRUM4ME_TOKEN = owner.token
    expect((await examine(here)).of('tokens')).toEqual([expect.stringMatching(/^ok .*\(SCRUM4ME_TOKEN\), "test"/)])
  })
})

describe('repositories', () => {
  test('that cannot be had or pushed to are trouble with the reason; nothing is cloned and nothing pushed', async () => {
    const here = await installFor(stage)
    const remote = await makeRemote(here.machine)
    const gone = await makeRemote(here.machine, 'gone.git')
    const clone = await makeClone(here.machine, gone)
    const [far, lost, nowhere] = await Promise.all([
      here.api.products.create({ name: 'Far', repo_url: pathToFileURL(remote).href }),
      here.api.products.create({ name: 'Lost', repo_url: pathToFileURL(gone).href }),
      here.api.products.create({ name: 'Nowhere' }),
    ])
    await rm(gone, { recursive: true })
    await write(agentFile(here), JSON.stringify({ repoRoots: { [lost.id]: clone } }))
    const { of } = await examine(here)
    expect(of('repositories')).toEqual([
      `ok Far: ${far.repo_url} will be cloned for its first job.`,
      expect.stringMatching(/^trouble Lost: Pushing .* failed .*→ /),
      expect.stringMatching(new RegExp(`^trouble Nowhere: .*${nowhere.id}.* → Set repo_url`)),
    ])
    expect(await isThere(join(here.machine.dataDir, 'repos'))).toBe(false)
    expect((await examine(here, '--no-push')).of('repositories')[1]).toBe(`ok Lost: ${clone}`)
  })

  test('of a managed clone are found where they are', async () => {
    const here = await installFor(stage)
    const repo_url = 'https://example.com/acme/shop.git'
    await here.api.products.create({ name: 'Shop', repo_url })
    const clone = join(here.machine.dataDir, 'repos', 'example.com', 'acme', 'shop')
    await mkdir(clone, { recursive: true })
    expect((await examine(here, '--no-push')).of('repositories')).toEqual([`ok Shop: ${clone}`])
  })
})

test('worktrees are counted and weighed', async () => {
  const here = await makeInstallation(null)
  await write(join(here.machine.worktreesDir, 'job_1', 'deep', 'a.txt'), 'x'.repeat(1_500))
  await write(join(here.machine.worktreesDir, 'job_2', 'b.txt'), 'x'.repeat(1_500))
  expect((await examine(here)).of('worktrees')).toEqual([`ok 2 stand in ${here.machine.worktreesDir}: 3.0 kB.`])
})

test('H53 for a demo account the doctor looks at everything and changes nothing', async () => {
  const here = await installFor(stage, { isDemo: true })
  const before = await dumpRows(stage.db.pool)
  const { of } = await examine(here)
  expect(of('server')).toHaveLength(1)
  expect(await dumpRows(stage.db.pool)).toEqual(before)
})
