import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isThere } from '../../src/host/git/worktree-path.ts'
import { type Installation, MAIN, makeInstallation } from '../support/installation.ts'
import { makeCloneOf } from '../support/repositories.ts'
import { installFor, openStage } from '../support/stage.ts'

const stage = await openStage()

const STDIO = { command: process.execPath, args: [MAIN, 'mcp'] }

/** Where each client's file is for a user, and what it says of us over stdio. */
const CLIENTS = {
  claude: {
    file: '.claude.json',
    entry: (env: object) => ({ mcpServers: { scrum4me: { type: 'stdio', ...STDIO, env } } }),
  },
  cursor: { file: '.cursor/mcp.json', entry: (env: object) => ({ mcpServers: { scrum4me: { ...STDIO, env } } }) },
  vscode: {
    file: 'Code/User/mcp.json',
    entry: (env: object) => ({ servers: { scrum4me: { type: 'stdio', ...STDIO, env } } }),
  },
} as const
const JSON_CLIENTS = ['claude', 'cursor', 'vscode'] as const

function fileOf({ machine, env }: Installation, client: (typeof JSON_CLIENTS)[number] | 'codex'): string {
  if (client === 'codex') return join(machine.home, '.codex', 'config.toml')
  const { file } = CLIENTS[client]
  return join(client === 'vscode' ? (env.XDG_CONFIG_HOME ?? '') : machine.home, file)
}

function carried({ env }: Installation) {
  const { XDG_CONFIG_HOME, SCRUM4ME_DATA_DIR, SCRUM4ME_AGENT_WORKTREE_DIR } = env
  return { XDG_CONFIG_HOME, SCRUM4ME_DATA_DIR, SCRUM4ME_AGENT_WORKTREE_DIR }
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
}

function backupsOf(file: string): Promise<string[]> {
  return readdir(dirname(file)).then(names => names.filter(name => name.endsWith('.backup')))
}

describe.each(JSON_CLIENTS)('connect %s', client => {
  test('makes its file, private; a second time changes nothing; --remove takes it out again', async () => {
    const here = await makeInstallation(null)
    const file = fileOf(here, client)
    expect(await here.run('connect', client, '--yes')).toMatchObject({ exitCode: 0, stderr: '' })
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(CLIENTS[client].entry(carried(here)))
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const again = await here.run('connect', client)
    expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/knows Scrum4Me already/) })
    expect(await here.run('connect', client, '--remove', '--yes')).toMatchObject({ exitCode: 0 })
    expect(Object.values(JSON.parse(await readFile(file, 'utf8')))).toEqual([{}])
    expect((await here.run('connect', client, '--remove')).stdout).toMatch(/does not know Scrum4Me/)
  })
})

test('what else a file holds stays as it is, to the character; a copy of the old one and its mode are kept', async () => {
  const here = await makeInstallation(null)
  const file = fileOf(here, 'claude')
  const text = '{\n\t"10": 1e3,\n\t"mcpServers": {\n\t\t"other": { "command": "x" }\n\t},\n\t"a": null\n}'
  await write(file, text)
  await chmod(file, 0o640)
  expect(await here.run('connect', 'claude', '--yes')).toMatchObject({ exitCode: 0 })
  const after = await readFile(file, 'utf8')
  expect(after.replace(/,\n\t\t"scrum4me": \{[^}]*\}\n\t\t\}/, '')).toBe(text)
  expect(JSON.parse(after).mcpServers.scrum4me).toMatchObject(STDIO)
  expect((await stat(file)).mode & 0o777).toBe(0o640)
  const [backup = ''] = await backupsOf(file)
  expect(await readFile(join(dirname(file), backup), 'utf8')).toBe(text)
})

test('an entry that says something else is shown and replaced; a link stays a link', async () => {
  const here = await makeInstallation(null)
  const real = join(here.machine.dir, 'dotfiles.json')
  await write(real, '{"mcpServers": {"scrum4me": {"command": "old"}, "z": 1}}')
  await symlink(real, fileOf(here, 'claude'))
  const { stdout } = await here.run('connect', 'claude', '--yes')
  expect(stdout).toMatch(/^- {"command": "old"}$/m)
  expect(stdout).toMatch(/^\+ .*"command": /m)
  expect((await lstat(fileOf(here, 'claude'))).isSymbolicLink()).toBe(true)
  expect(JSON.parse(await readFile(real, 'utf8')).mcpServers).toMatchObject({ scrum4me: STDIO, z: 1 })
})

test('without --yes and a person to ask, the change is shown, nothing is written, and the exit status is 1', async () => {
  const here = await makeInstallation(null)
  const answer = await here.run('connect', 'claude')
  expect(answer).toMatchObject({
    exitCode: 1,
    stdout: expect.stringMatching(/^\S+\.claude\.json\n@@ line 1\n\+ +"mcpServers": \{\n/),
    stderr: expect.stringMatching(/^VALIDATION_ERROR: .*\n.*--yes/),
  })
  expect(await isThere(fileOf(here, 'claude'))).toBe(false)
})

test.each([
  [
    'claude',
    '{ // mine\n}',
    /CONFIG_INVALID: \S+\.claude\.json is left as it is: it is not plain JSON\.\n.*\n\n\{\n {2}"mcpServers"/,
  ],
  ['vscode', '{"servers": {},}', /CONFIG_INVALID: .*\n.*\n\n\{\n {2}"servers": \{\n {4}"scrum4me"/],
  ['cursor', '{"mcpServers": []}', /CONFIG_INVALID: .*mcpServers is not an object/],
  [
    'codex',
    '[mcp_servers.scrum4me]\ncommand = "mine"\n',
    /CONFIG_INVALID: .*already.*\n.*\n\n\[mcp_servers\.scrum4me\]\ncommand = /,
  ],
  ['codex', 'mcp_servers = { }\n', /CONFIG_INVALID: .*not understood/],
  ['codex', '[mcp_servers]\nscrum4me = { command = "x" }\n', /CONFIG_INVALID: .*not understood/],
] as const)(
  'a file of %s that cannot be changed safely is left alone, with the lines to paste: %j',
  async (client, text, words) => {
    const here = await makeInstallation(null)
    await write(fileOf(here, client), text)
    expect(await here.run('connect', client, '--yes')).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(words),
    })
    expect(await readFile(fileOf(here, client), 'utf8')).toBe(text)
  },
)

describe('over HTTP', () => {
  test('H54 a token of its own stands in the file and nowhere else; it is used again, and revoked with the entry', async () => {
    const here = await installFor(stage)
    const file = fileOf(here, 'claude')
    const made = await here.run('connect', 'claude', '--http', '--yes')
    const { scrum4me } = JSON.parse(await readFile(file, 'utf8')).mcpServers
    expect(scrum4me).toEqual({
      type: 'http',
      url: `${stage.url.replace(/\/$/, '')}/mcp`,
      headers: { Authorization: expect.stringMatching(/^Bearer s4m_\S{20,}$/) },
    })
    const token = scrum4me.headers.Authorization.slice('Bearer '.length)
    expect(await stage.server.client(token).tokens.current()).toMatchObject({
      name: expect.stringMatching(/^Claude Code on /),
      scopes: ['read', 'work', 'author'],
    })
    const again = await here.run('connect', 'claude', '--http')
    expect(again.stdout).toMatch(/knows Scrum4Me already/)
    expect(await here.api.tokens.list()).toHaveLength(2)
    const gone = await here.run('connect', 'claude', '--remove', '--yes')
    expect(gone.stdout).toMatch(/revoked/)
    await expect(stage.server.client(token).products.list()).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
    for (const { stdout, stderr } of [made, again, gone]) expect(stdout + stderr).not.toContain(token)
  })

  test('H54 secrets of an entry that is replaced are not shown, and a token of ours in it is revoked', async () => {
    const here = await installFor(stage)
    const { token } = await here.api.tokens.create({ name: 'old' })
    const old = {
      url: 'x',
      headers: { Authorization: `Bearer ${token}` },
      env: { MY_API_KEY: 'sesame', U: 'https://u:pw@x/' },
    }
    await write(fileOf(here, 'claude'), JSON.stringify({ mcpServers: { scrum4me: old } }, null, 2))
    const { stdout, exitCode } = await here.run('connect', 'claude', '--yes')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^- +"MY_API_KEY": "…"/m)
    for (const secret of [token, 'sesame', 'u:pw']) expect(stdout).not.toContain(secret)
    await expect(stage.server.client(token).products.list()).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
  })

  test('codex gets it in its own words', async () => {
    const here = await installFor(stage)
    expect(await here.run('connect', 'codex', '--http', '--yes')).toMatchObject({ exitCode: 0 })
    expect(await readFile(fileOf(here, 'codex'), 'utf8')).toMatch(
      /^\[mcp_servers\.scrum4me\]\nurl = "http:\/\/127\.0\.0\.1:\d+\/mcp"\nhttp_headers = \{ Authorization = "Bearer s4m_\S+" \}\ntool_timeout_sec = 600\n$/,
    )
  })

  test('H53 a demo account gets no token, and nothing is written', async () => {
    const here = await installFor(stage, { isDemo: true })
    expect(await here.run('connect', 'claude', '--http', '--yes')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^PERMISSION_DENIED: A demo account/),
    })
    expect(await isThere(fileOf(here, 'claude'))).toBe(false)
    expect(await here.api.tokens.current()).toMatchObject({ name: 'test' })
  })
})

describe('--project', () => {
  test.each([
    ['claude', '.mcp.json', ['mcpServers'], `\${SCRUM4ME_TOKEN}`],
    ['cursor', '.cursor/mcp.json', ['mcpServers'], `\${env:SCRUM4ME_TOKEN}`],
    ['vscode', '.vscode/mcp.json', ['servers'], `\${env:SCRUM4ME_TOKEN}`],
  ])(
    'H54 of %s writes %s at the top of the clone, and over HTTP no token into it',
    async (client, name, [servers = ''], variable) => {
      const here = await makeInstallation(null, { SCRUM4ME_URL: 'https://board.example.com/' })
      const clone = await makeCloneOf(here.machine, 'https://example.com/acme/shop.git', 'shop')
      await mkdir(join(clone, 'deep'))
      const { run } = here.at(join(clone, 'deep'))
      expect(await run('connect', client, '--project', '--yes')).toMatchObject({ exitCode: 0 })
      expect(JSON.parse(await readFile(join(clone, name), 'utf8'))[servers].scrum4me).toMatchObject(STDIO)
      const { stdout } = await run('connect', client, '--project', '--http', '--yes')
      expect(stdout).toMatch(/sets SCRUM4ME_TOKEN/)
      expect(JSON.parse(await readFile(join(clone, name), 'utf8'))[servers].scrum4me).toMatchObject({
        url: 'https://board.example.com/mcp',
        headers: { Authorization: `Bearer ${variable}` },
      })
    },
  )

  test('needs a clone', async () => {
    const here = await makeInstallation(null)
    expect((await here.at(here.machine.dir).run('connect', 'claude', '--project')).stderr).toMatch(
      /^VALIDATION_ERROR: .*clone.*\n.+/,
    )
  })
})

test('a client that it does not know is refused with those that it knows', async () => {
  const { run } = await makeInstallation(null)
  expect(await run('connect', 'emacs')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/^VALIDATION_ERROR: .*"emacs".*\n.*claude, codex, cursor, vscode/),
  })
})
