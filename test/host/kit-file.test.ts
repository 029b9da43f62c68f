import { expect, test } from 'vitest'
import { parseKit } from '../../src/host/kit/parse-kit.ts'
import { readKit } from '../../src/host/kit/read-kit.ts'
import { first } from '../support/backlog.ts'
import { askForWork, worktreesOf } from '../support/host.ts'
import { makeKitWorkplace } from '../support/kit.ts'
import { commitFile, headOf, makeStage, sh } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { person } = await openTestServer()

const BOMB = [
  'a: &a [x, x]',
  ...[...'bcdef'].map((name, n) => `${name}: &${name} [${Array(9).fill(`*${'abcde'[n]}`)}]`),
].join('\n')

test('a kit file says it all, briefly or in lists, and no more than that', () => {
  const text = `
include: [.env, config/*.local.json]
setup: npm ci # or a list
checks:
  - npm test
  - npm run lint
timeouts: { checks: 1200 }
ports: 3`
  expect(parseKit({ name: 'f' }, text)).toEqual({
    include: ['.env', 'config/*.local.json'],
    setup: ['npm ci'],
    checks: ['npm test', 'npm run lint'],
    timeouts: { checks: 1200 },
    ports: 3,
  })
  expect(parseKit({ name: 'f' }, '# nothing yet\n')).toEqual({})
})

test.each([
  ['an unknown key', 'setup: npm ci\n\nteardown: x\n', 'line 3: teardown: There is no such key'],
  ['an unknown time limit', 'timeouts:\n  setup: 1\n  check: 2\n', 'line 3: timeouts.check: There is no such key'],
  ['a value of another type', 'ports: many\n', 'line 1: ports: '],
  ['a number out of its limits', 'timeouts:\n  setup: 0\n', 'line 2: timeouts.setup: '],
  ['a list with something else in it', 'checks:\n  - npm test\n  - {a: 1}\n', 'line 3: checks.1: '],
  ['an empty command', 'setup: ""\n', 'line 1: setup'],
  ['two lines in a pattern', 'include: ["a\\nb"]\n', 'line 1: include.0: must be one line'],
  ['a list instead of keys', '- npm ci\n', 'line 1: it: '],
  ['a key twice', 'ports: 1\nports: 2\n', 'line 2: '],
  ['what is not YAML', 'setup: npm ci\nchecks: [npm test\n', 'line 3: '],
  ['a tag', 'setup: !!js/function "x"\n', 'line 1: '],
  ['an alias that unfolds without end', BOMB, 'alias'],
])('H44 %s is refused by file, line and key', (_, text, place) => {
  const refusal = { code: 'CONFIG_INVALID', message: expect.stringContaining(place), hint: expect.any(String) }
  expect(() => parseKit({ name: '.scrum4me.yml of commit abc' }, text)).toThrow(expect.objectContaining(refusal))
  expect(() => parseKit({ name: '.scrum4me.yml of commit abc' }, text)).toThrow(
    '.scrum4me.yml of commit abc is not valid.',
  )
})

test('a kit file is read as it is committed, wherever the working tree stands', async () => {
  const { machine, root } = await makeStage()
  const without = await headOf(root)
  const sha = await commitFile(root, '.scrum4me.yml', 'ports: 2\n')
  await commitFile(root, '.scrum4me.yml', 'ports: 9\n')
  const read = (commit: string) => readKit(machine.git, { root, commit, productKit: {} })
  expect(await read(sha)).toMatchObject({ ports: 2, setup: [] })
  expect(await read(without)).toMatchObject({ ports: 0, setup: [] })
})

test.each([
  ['a link', ['120000', 'README.md']],
  ['endless', ['100644', `# ${'x'.repeat(100_001)}`]],
])('H39 H44 a kit file that is %s is refused', async (_, [mode, content]) => {
  const { machine, root } = await makeStage()
  await commitFile(root, 'content', content ?? '')
  const blob = await sh(root, 'rev-parse', 'HEAD:content')
  await sh(root, 'update-index', '--add', '--cacheinfo', `${mode},${blob},.scrum4me.yml`)
  await sh(root, 'commit', '--quiet', '--message', 'Something else')
  const at = { root, commit: await headOf(root), productKit: {} }
  await expect(readKit(machine.git, at)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
})

test('H44 H21 a malformed kit file gives the claim back with its place and what to do, and leaves no worktree', async () => {
  const { api } = await person()
  const { machine, host, worker, jobIds } = await makeKitWorkplace(api, { '.scrum4me.yml': 'ports: 1\nchecks: 7\n' })
  await expect(askForWork(host, worker)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(/\.scrum4me\.yml of commit [0-9a-f]{12} .*line 2: checks: /),
  })
  const job = await api.jobs.get({ job_id: first(jobIds) })
  expect(job).toMatchObject({
    status: 'failed',
    retry_count: 0,
    error: expect.stringMatching(/line 2: checks.*retry/s),
  })
  expect(worker.held).toBeNull()
  expect(await worktreesOf(machine)).toEqual([])
})
