import { chmod, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { gitEnvironment } from '../../../src/host/git/git-environment.ts'
import {
  commitFile,
  headOf,
  type Machine,
  makeClone,
  makeMachine,
  makeRemote,
  sh,
  writeFiles,
} from '../../support/repositories.ts'
import { setHook } from '../../support/trap.ts'

/** An ssh that never answers and has a child of its own; `pids` tells who they are. */
async function makeSleepingSsh(machine: Machine, before = '') {
  const script = join(machine.dir, 'sleeping-ssh')
  const pids = join(machine.dir, 'pids')
  const text = `#!/bin/sh\n${before}\nsleep 300 &\necho "$$ $!" > '${pids}.new'; mv '${pids}.new' '${pids}'\nsleep 300\nsleep 300\n`
  await writeFile(script, text, { mode: 0o755 })
  return { ssh: `'${script}'`, pids: async () => (await readFile(pids, 'utf8')).trim().split(' ').map(Number) }
}

async function isAlive(pid: number): Promise<boolean> {
  try {
    return !/^\d+ \(.*\) Z/.test(await readFile(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

async function expectGone(pids: number[]): Promise<void> {
  expect(pids.length).toBe(2)
  await vi.waitFor(async () => expect(await Promise.all(pids.map(isAlive))).toEqual([false, false]), 20_000)
}

describe('limits', () => {
  test('H38 git that hangs ends in a clear error within its time limit and leaves no process', async () => {
    const machine = await makeMachine()
    const { ssh, pids } = await makeSleepingSsh(machine)
    const git = machine.gitWith({ env: { ...machine.env, GIT_SSH_COMMAND: ssh }, timeoutMs: 400 })
    const asked = git.run(machine.dir, ['ls-remote', 'ssh://git@example.invalid/acme/shop'])
    await expect(asked).rejects.toMatchObject({
      code: 'GIT_FAILED',
      kind: 'timeout',
      message: expect.stringContaining('git ls-remote'),
      hint: expect.stringContaining('remote answers'),
    })
    await expectGone(await pids())
  })

  test('H38 an abort ends git and everything that it started, also what ignores the polite signal', async () => {
    const machine = await makeMachine()
    const { ssh, pids } = await makeSleepingSsh(machine, "trap '' TERM")
    const git = machine.gitWith({ env: { ...machine.env, GIT_SSH_COMMAND: ssh } })
    const going = new AbortController()
    const asked = git.run(machine.dir, ['ls-remote', 'ssh://git@example.invalid/acme/shop'], { signal: going.signal })
    const ended = expect(asked).rejects.toMatchObject({ code: 'ABORTED' })
    await vi.waitFor(pids, 20_000)
    going.abort()
    await ended
    await expectGone(await pids())
  })

  test('H38 git that prints more than the limit is stopped with a clear error', async () => {
    const machine = await makeMachine()
    const root = await makeClone(machine, await makeRemote(machine))
    await commitFile(root, 'big.txt', 'x'.repeat(3_000_000))
    const git = machine.gitWith({ maxOutputBytes: 100_000 })
    await expect(git.run(root, ['show', 'HEAD'])).rejects.toMatchObject({ code: 'GIT_FAILED', kind: 'output' })
  })

  test('H38 a remote that wants a password is an error at once, not a prompt', async () => {
    const machine = await makeMachine()
    const askpass = join(machine.dir, 'askpass')
    await writeFile(askpass, `#!/bin/sh\ntouch '${machine.dir}/asked'\necho secret\n`, { mode: 0o755 })
    const env = { ...machine.env, GIT_ASKPASS: askpass, SSH_ASKPASS: askpass, DISPLAY: ':0' }
    const git = machine.gitWith({ env })
    await sh(machine.dir, 'config', '--file', join(machine.home, '.gitconfig'), 'core.askPass', askpass)
    const filled = git.run(machine.dir, ['credential', 'fill'], { input: 'protocol=https\nhost=example.invalid\n\n' })
    await expect(filled).rejects.toMatchObject({ code: 'GIT_FAILED', hint: expect.stringContaining('access') })
    await expect(readFile(join(machine.dir, 'asked'))).rejects.toThrow('ENOENT')
  })

  test('a folder that is gone and a git that is not installed are told apart from an answer of git', async () => {
    const machine = await makeMachine()
    const gone = machine.git.run(join(machine.dir, 'gone'), ['status'])
    await expect(gone).rejects.toMatchObject({ code: 'GIT_FAILED', kind: 'start' })
    const none = machine.gitWith({ env: { ...machine.env, PATH: machine.home } })
    await expect(none.run(machine.dir, ['status'])).rejects.toMatchObject({ code: 'GIT_FAILED', kind: 'start' })
  })

  test('a call whose caller is gone already starts nothing', async () => {
    const machine = await makeMachine()
    const call = machine.git.run(machine.dir, ['init', 'made'], { signal: AbortSignal.abort() })
    await expect(call).rejects.toMatchObject({ code: 'ABORTED' })
    await expect(readFile(join(machine.dir, 'made', '.git', 'HEAD'))).rejects.toThrow('ENOENT')
  })
})

describe('surroundings', () => {
  test('variables that point git at another repository do not reach it', async () => {
    const machine = await makeMachine()
    const root = await makeClone(machine, await makeRemote(machine))
    const other = await makeClone(machine, await makeRemote(machine, 'other.git'), 'other')
    const env = {
      ...machine.env,
      GIT_DIR: join(other, '.git'),
      GIT_WORK_TREE: other,
      GIT_INDEX_FILE: '/nowhere',
      GIT_EXTERNAL_DIFF: 'false',
    }
    const { stdout } = await machine.gitWith({ env }).run(root, ['rev-parse', 'HEAD'])
    expect(stdout.trim()).toBe(await headOf(root))
  })

  test('what the user set for access and identity stays', () => {
    const set = {
      GIT_SSH_COMMAND: 'ssh -i key',
      GIT_AUTHOR_NAME: 'Me',
      GIT_CONFIG_GLOBAL: '/x',
      HOME: '/home/me',
      GIT_SSL_CAINFO: '/ca',
    }
    expect(gitEnvironment({ ...set, GIT_TRACE_CURL: '1', GIT_NAMESPACE: 'x', UNSET: undefined })).toEqual({
      ...set,
      GIT_SSH: expect.stringMatching(/never-asks\/ssh$/),
      GIT_ALLOW_PROTOCOL: 'file:https:ssh',
      GIT_TERMINAL_PROMPT: '0',
      GIT_ASKPASS: '',
      SSH_ASKPASS_REQUIRE: 'never',
      GCM_INTERACTIVE: 'never',
      GIT_OPTIONAL_LOCKS: '0',
      GIT_PAGER: 'cat',
      LC_ALL: 'C',
    })
  })

  test('an ssh that the user configured is used; without one ssh never asks', async () => {
    const machine = await makeMachine()
    const root = await makeClone(machine, await makeRemote(machine))
    const script = join(machine.dir, 'ssh-that-tells')
    await writeFile(script, `#!/bin/sh\necho "own ssh" >&2\nexit 1\n`, { mode: 0o755 })
    await sh(root, 'config', 'core.sshCommand', `'${script}'`)
    const own = machine.git.run(root, ['ls-remote', 'ssh://git@example.invalid/x'])
    await expect(own).rejects.toMatchObject({ message: expect.stringContaining('own ssh') })
    await sh(root, 'config', '--unset', 'core.sshCommand')
    await writeFiles(machine.dir, { 'bin/ssh': '#!/bin/sh\necho "$@" >&2\nexit 1\n' })
    await sh(machine.dir, 'init', '--quiet', 'x')
    const bin = machine.gitWith({
      env: { ...machine.env, PATH: `${machine.dir}/bin:${machine.env.PATH}` },
    })
    await chmod(join(machine.dir, 'bin/ssh'), 0o755)
    const plain = bin.run(root, ['ls-remote', 'ssh://git@example.invalid/x'])
    await expect(plain).rejects.toMatchObject({ message: expect.stringContaining('BatchMode=yes') })
  })

  test.each(['ext::sh -c "touch harm"', 'http://127.0.0.1:9/x', 'git://127.0.0.1:9/x'])(
    'H39 %s is not spoken',
    async url => {
      const machine = await makeMachine()
      const root = await makeClone(machine, await makeRemote(machine))
      for (const key of ['protocol.allow', 'protocol.ext.allow', 'protocol.http.allow'])
        await sh(root, 'config', key, 'always')
      const asked = machine.git.run(root, ['ls-remote', '--', url])
      await expect(asked).rejects.toMatchObject({ code: 'GIT_FAILED', message: expect.stringContaining('not allowed') })
    },
  )

  test("hooks of a repository's configuration are not run", async () => {
    const machine = await makeMachine()
    const root = await makeClone(machine, await makeRemote(machine))
    await setHook(join(root, '.git'), 'reference-transaction', `touch '${machine.dir}/ran'`)
    await machine.git.run(root, ['update-ref', 'refs/heads/x', 'HEAD'])
    await expect(readFile(join(machine.dir, 'ran'))).rejects.toThrow('ENOENT')
  })

  test('H54 a password in a URL is in no error', async () => {
    const machine = await makeMachine()
    const asked = machine.git.run(machine.dir, ['ls-remote', '--', 'file://user:secret@host/nowhere'])
    await expect(asked).rejects.toMatchObject({
      message: expect.not.stringContaining('secret'),
      stderr: expect.not.stringContaining('secret'),
    })
  })
})

describe('locks', () => {
  test('H41 a lock that another git holds for a moment is waited for', async () => {
    const machine = await makeMachine()
    const root = await makeClone(machine, await makeRemote(machine))
    const lock = join(root, '.git/refs/heads/x.lock')
    await writeFile(lock, '')
    const update = machine.git.run(root, ['update-ref', 'refs/heads/x', 'HEAD'])
    await rm(lock)
    await expect(update).resolves.toMatchObject({ exitCode: 0 })
  })

  test('H41 H39 a configuration that another git writes for a moment is waited for, in a folder with a space too', async () => {
    const machine = await makeMachine()
    const root = await makeClone(machine, await makeRemote(machine), 'My Projects/shop')
    const lock = join(root, '.git/config.lock')
    await writeFile(lock, '')
    const update = machine.git.run(root, ['config', '--file', join(root, '.git/config'), 'a.b', 'c'])
    await vi.waitFor(() => expect(machine.git.run(root, ['config', '--file', lock, '--list'])).resolves.toBeDefined())
    await rm(lock)
    await expect(update).resolves.toMatchObject({ exitCode: 0 })
  })

  test('a lock that stays is an error that names the file', async () => {
    const machine = await makeMachine()
    const root = await makeClone(machine, await makeRemote(machine))
    await writeFile(join(root, '.git/refs/heads/x.lock'), '')
    const update = machine.git.run(root, ['update-ref', 'refs/heads/x', 'HEAD'])
    await expect(update).rejects.toMatchObject({
      message: expect.stringContaining('x.lock'),
      hint: expect.stringContaining('delete the lock'),
    })
  })

  test('work on one repository goes one at a time, and an abort ends the wait for a turn', async () => {
    const { git } = await makeMachine()
    const gate = new AbortController()
    const first = git.alone('/a', () => new Promise(resolve => gate.signal.addEventListener('abort', resolve)))
    const going = new AbortController()
    const order: string[] = []
    const second = git.alone('/a', async () => order.push('second'), going.signal)
    const third = git.alone('/a', async () => order.push('third'))
    await git.alone('/b', async () => order.push('other repository'))
    going.abort()
    await expect(second).rejects.toMatchObject({ code: 'ABORTED' })
    gate.abort()
    await Promise.all([first, third])
    expect(order).toEqual(['other repository', 'third'])
  })
})
