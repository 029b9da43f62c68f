import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { isThere } from '../../src/host/git/worktree-path.ts'
import { first, makeBacklog } from '../support/backlog.ts'
import { askForWork, makeAgent, makeHost, makeWorkplace, takeWork, worktreesOf } from '../support/host.ts'
import { type Machine, makeMachine, writeFiles } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'
import { configureGit } from '../support/trap.ts'

const { db, person } = await openTestServer()
const AWAY = 'ssh://git@example.invalid/acme/shop'

describe('during a set-up', () => {
  test('H38 H23 a git that hangs is ended in its time, the claim is given back with a pause, and the queue goes on', async () => {
    const { api } = await person()
    const { machine, jobIds } = await makeWorkplace(api, {}, AWAY)
    const env = { ...machine.env, GIT_SSH_COMMAND: 'sleep 600 #' }
    const host = { ...(await makeHost(api, machine)), git: machine.gitWith({ env, timeoutMs: 50 }) }
    await expect(askForWork(host, makeAgent(host))).rejects.toMatchObject({
      code: 'GIT_FAILED',
      kind: 'timeout',
      hint: expect.stringContaining('remote answers'),
    })
    await expectGivenBack(api, first(jobIds), machine)
    const { jobIds: others } = await makeWorkplace(api)
    const next = await makeHost(api, machine)
    expect((await takeWork(next, makeAgent(next))).order.job_id).toBe(first(others))
  })

  test('H38 an ssh that wants a password is told no at once, and a person is told what to do', async () => {
    const { api } = await person()
    const { machine } = await makeWorkplace(api, {}, AWAY)
    const asking = join(machine.dir, 'asking-ssh')
    const ask = `if read answer </dev/tty; then touch '${machine.dir}/asked'; fi`
    const text = `#!/bin/sh\n${ask}\necho 'git@example.invalid: Permission denied (publickey,password).' >&2\nexit 255\n`
    await writeFile(asking, text, { mode: 0o755 })
    const host = await makeHost(api, machine, { env: { ...machine.env, GIT_SSH_COMMAND: `'${asking}'` } })
    await expect(askForWork(host, makeAgent(host))).rejects.toMatchObject({ code: 'REPO_NOT_CONFIGURED' })
    expect(await isThere(join(machine.dir, 'asked'))).toBe(false)
  })

  test('H38 a server that wants a password is told no at once, and the job waits for a host that has one', async ({
    skip,
  }) => {
    const { api } = await person()
    const machine = await makeMachine()
    const url = await serveClosed(machine)
    skip(url === null, 'no certificate can be made here')
    await configureGit(machine, 'http.sslVerify', 'false')
    await configureGit(machine, 'core.askPass', `touch '${machine.dir}/asked'; echo`)
    const { firstTask } = await makeBacklog(api, { repoUrl: url ?? '' })
    const { job_id } = await api.jobs.dispatch({ task_id: firstTask.id })
    const other = await makeHost(api, await makeMachine())
    await makeAgent(other).id()
    const host = await makeHost(api, machine)
    await expect(askForWork(host, makeAgent(host))).rejects.toMatchObject({
      code: 'REPO_NOT_CONFIGURED',
      message: expect.stringContaining('terminal prompts disabled'),
    })
    expect(await api.jobs.get({ job_id })).toMatchObject({ status: 'queued', retry_count: 0 })
    expect(await isThere(join(machine.dir, 'asked'))).toBe(false)
  })

  test.each(['>&1', '>&2'])(
    'H38 a git that prints 100 MB (%s) is stopped, and the job is done when it prints less',
    async to => {
      const { api } = await person()
      const { machine, jobIds } = await makeWorkplace(api)
      const git = (await execa('which', ['git'])).stdout
      const loud = `case "$*" in *clone*) head -c 100000000 /dev/zero ${to} ;; esac`
      await writeFiles(machine.dir, { 'bin/git': `#!/bin/sh\n${loud}\nexec '${git}' "$@"\n` })
      await execa('chmod', ['+x', join(machine.dir, 'bin/git')])
      const env = { ...machine.env, PATH: `${machine.dir}/bin:${machine.env.PATH}` }
      const host = await makeHost(api, machine, { env })
      await expect(askForWork(host, makeAgent(host))).rejects.toMatchObject({
        code: 'GIT_FAILED',
        kind: 'output',
        message: expect.stringContaining('more than 20000000 bytes'),
      })
      await expectGivenBack(api, first(jobIds), machine)
      await db.moveClock('31 seconds')
      const quiet = await makeHost(api, machine)
      expect(await askForWork(quiet, makeAgent(quiet))).toMatchObject({ job_id: jobIds[0], attempt: 2 })
    },
  )
})

async function expectGivenBack(api: ApiClient, jobId: string, machine: Machine): Promise<void> {
  expect(await api.jobs.get({ job_id: jobId })).toMatchObject({
    status: 'queued',
    setup_failures: 1,
    retry_count: 0,
    not_before: expect.any(String),
  })
  expect(await worktreesOf(machine)).toEqual([])
}

/** A server that lets nobody in without a password; null where no certificate can be made. */
async function serveClosed({ dir }: Machine): Promise<string | null> {
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')]
  const wish = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=127.0.0.1', '-keyout', key, '-out', cert]
  if ((await execa('openssl', wish, { reject: false })).failed) return null
  const server = createServer({ key: await readFile(key), cert: await readFile(cert) }, (_, answer) => {
    answer.writeHead(401, { 'WWW-Authenticate': 'Basic realm="git"' }).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return `https://127.0.0.1:${port}/acme/shop`
}
