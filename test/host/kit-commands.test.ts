import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { createCommands } from '../../src/host/commands/run-command.ts'
import { isThere } from '../../src/host/git/worktree-path.ts'
import { makeFolder } from '../support/folder.ts'
import { ensureBuilt, lives, MAIN } from '../support/installation.ts'
import { until } from '../support/rows.ts'

const machine = { PATH: process.env.PATH, HOME: '/nowhere' }

/** Runs one command line in a folder of its own. */
async function run(command: string, more: { timeoutMs?: number; signal?: AbortSignal } = {}, env = {}) {
  const commands = createCommands({ env: { ...machine, ...env } })
  return commands({ command, cwd: await makeFolder(), env: { PORT: '4711' }, timeoutMs: 30_000, ...more })
}

describe("a repository's own command", () => {
  test('is a line for a shell, whose exit code says whether it passed, and whose output is kept', async () => {
    expect(await run('echo out && echo err >&2 && test "$PORT" = 4711')).toMatchObject({
      passed: true,
      output: expect.stringMatching(/out|err/),
    })
    expect(await run('echo "no such thing"; exit 3')).toMatchObject({ passed: false, output: 'no such thing' })
    expect(await run('no-such-program')).toMatchObject({
      passed: false,
      output: expect.stringContaining('no-such-program'),
    })
  })

  test('reads nothing: its input is at its end', async () => {
    expect(await run('cat && echo done')).toMatchObject({ passed: true, output: 'done' })
  })

  test('H54 sees no token of ours, of the database or of a forge', async () => {
    const secrets = {
      SCRUM4ME_TOKEN: 's',
      SCRUM4ME_URL: 's',
      DATABASE_URL: 's',
      PGPASSWORD: 's',
      GITHUB_TOKEN: 's',
      GH_ENTERPRISE_TOKEN: 's',
      GITLAB_TOKEN: 's',
      FORGEJO_TOKEN: 's',
      GIT_DIR: 's',
      npm_config_local_prefix: 's',
    }
    const { output } = await run('env', {}, { ...secrets, NPM_TOKEN: 'kept', GIT_SSH_COMMAND: 'kept' })
    const names = output.split('\n').map(line => line.split('=')[0])
    expect(names).toEqual(expect.arrayContaining(['PATH', 'PORT', 'NPM_TOKEN', 'GIT_SSH_COMMAND']))
    for (const secret of Object.keys(secrets)) expect(names).not.toContain(secret)
  })

  test('H54 says no password that stands in a URL', async () => {
    expect((await run('echo fetch https://me:hunter2@example.com/x')).output).not.toContain('hunter2')
  })

  test('H38 that prints 20 MB is heard to its end, and the end is kept', async () => {
    const { passed, output } = await run('yes | head -c 20000000; echo the end')
    expect(passed).toBe(true)
    expect(output).toMatch(/^… y[\s\S]*the end$/)
    expect(output.length).toBeLessThan(20_100)
  })

  test('keeps what every database takes: no colours, no control characters, no half characters', async () => {
    expect((await run(`printf 'a\\033[31mred\\033[0m\\000b\\r\\n\\355\\240\\200c'`)).output).toMatch(
      /^aredb\n[^\ud800]*c$/,
    )
  })

  test('H38 that hangs is stopped with all that it started, also what does not listen', async () => {
    const result = await run(`trap '' TERM; sleep 300 & echo "$!"; wait; sleep 300`, { timeoutMs: 200 })
    expect(result).toMatchObject({ passed: false, output: expect.stringContaining('did not end within 0.2 s') })
    expect(lives(Number.parseInt(result.output, 10))).toBe(false)
  })

  test('leaves nothing running when it ends', async () => {
    const result = await run('sleep 300 & echo "$!"')
    expect(result.passed).toBe(true)
    expect(lives(Number(result.output))).toBe(false)
  })

  test('H25 ends with the process that ran it, also when that is killed', async () => {
    await ensureBuilt()
    const module = new URL('host/commands/run-command.js', pathToFileURL(MAIN))
    const line = 'trap "" TERM; echo $$ >pid.new; mv pid.new pid; sleep 300; sleep 300'
    const call = { command: line, cwd: await makeFolder(), env: {}, timeoutMs: 300_000 }
    const script = `
      const { createCommands } = await import(${JSON.stringify(module)})
      await createCommands({ env: process.env })(${JSON.stringify(call)})`
    const host = execa(process.execPath, ['--input-type=module', '--eval', script], { reject: false })
    await expect.poll(() => isThere(join(call.cwd, 'pid')), { timeout: 30_000 }).toBe(true)
    const pid = Number(await readFile(join(call.cwd, 'pid'), 'utf8'))
    expect(lives(pid)).toBe(true)
    host.kill('SIGKILL')
    await until(() => !lives(pid))
  })

  test('is not waited for by what it left in another process group', async () => {
    const result = await run('setsid sh -c "echo \\$\\$; touch up; exec sleep 300" & until test -e up; do :; done')
    expect(result).toMatchObject({ passed: true, output: expect.stringMatching(/^\d+$/) })
    expect(result.seconds).toBeLessThan(30)
    process.kill(Number(result.output))
  })

  test('H8 is stopped when its caller goes away, and not begun when it is gone', async () => {
    const gone = new AbortController()
    const running = run('sleep 300', { signal: gone.signal })
    gone.abort()
    await expect(running).rejects.toMatchObject({ code: 'ABORTED' })
    const folder = await makeFolder()
    const begun = run(`touch ${join(folder, 'begun')}`, { signal: AbortSignal.abort() })
    await expect(begun).rejects.toMatchObject({ code: 'ABORTED' })
    expect(await isThere(join(folder, 'begun'))).toBe(false)
  })

  test('in a folder that is gone is a failure that says so', async () => {
    const commands = createCommands({ env: machine })
    const result = await commands({ command: 'true', cwd: '/nowhere', env: {}, timeoutMs: 30_000 })
    expect(result).toMatchObject({ passed: false, output: expect.stringContaining('/nowhere') })
  })
})
