import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '../../src/cli/load-config.ts'
import { first } from '../support/backlog.ts'
import {
  askForWork,
  expectNothingLeft,
  makeAgent,
  makeHost,
  makeWorkplace,
  namedRoot,
  worktreesOf,
} from '../support/host.ts'
import { makeClone, makeMachine, makeRemote, refsBelow, sh, writeFiles } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { db, person } = await openTestServer()

describe('a set-up that fails', () => {
  test('H21 a repository that is nowhere fails the job at once when no other host lives, and says what to configure', async () => {
    const { api } = await person()
    const { machine, remote, jobIds } = await makeWorkplace(api)
    await rm(remote, { recursive: true })
    const host = await makeHost(api, machine)
    const worker = makeAgent(host)
    await expect(askForWork(host, worker)).rejects.toMatchObject({
      code: 'REPO_NOT_CONFIGURED',
      message: expect.stringContaining(remote),
      hint: expect.stringContaining('SCRUM4ME_REPO_ROOT_'),
    })
    const job = await api.jobs.get({ job_id: first(jobIds) })
    expect(job).toMatchObject({ status: 'failed', retry_count: 0 })
    expect(job.error).toMatch(/^No live host can take this job\. .*SCRUM4ME_REPO_ROOT_/)
    expect(worker.held).toBeNull()
    expect(await worktreesOf(machine)).toEqual([])
  })

  test('H21 a host that cannot have the repository is barred from the job, which another host takes at once', async () => {
    const { api } = await person()
    const { machine, remote, product, jobIds } = await makeWorkplace(api)
    const wrong = await makeClone(machine, await makeRemote(machine, 'other.git'))
    const other = await makeHost(api, await makeMachine())
    const otherAgent = makeAgent(other)
    await otherAgent.id()
    const roots = { env: {}, repoRoots: { [product.id]: wrong }, allowOrigin: {}, homeDir: machine.home }
    const host = await makeHost(api, machine, { roots: { ...roots, dataDir: machine.dataDir } })
    await expect(askForWork(host, makeAgent(host))).rejects.toMatchObject({ code: 'REPO_NOT_CONFIGURED' })
    expect(await api.jobs.get({ job_id: first(jobIds) })).toMatchObject({ status: 'queued', not_before: null })
    expect(await askForWork(host, makeAgent(host))).toBeNull()
    expect(await askForWork(other, otherAgent)).toMatchObject({
      job_id: jobIds[0],
      repo_url: pathToFileURL(remote).href,
    })
  })

  test('H23 an origin that cannot be reached now gives the claim back with a pause, though no other host lives', async () => {
    const { api } = await person()
    const { machine, jobIds } = await makeWorkplace(api, {}, 'ssh://git@example.invalid/acme/shop')
    const ssh = 'echo "ssh: connect to host example.invalid port 22: Network is unreachable" >&2; false'
    const host = await makeHost(api, machine, { env: { ...machine.env, GIT_SSH_COMMAND: ssh } })
    await expect(askForWork(host, makeAgent(host))).rejects.toMatchObject({ code: 'GIT_FAILED' })
    expect(await api.jobs.get({ job_id: first(jobIds) })).toMatchObject(GIVEN_BACK)
  })

  test('H44 a configuration file that is half written while the host runs is named with the place, and fails no job', async () => {
    const { api } = await person()
    const { machine, jobIds } = await makeWorkplace(api)
    const file = join(machine.home, '.scrum4me-agent-config.json')
    const readRoots = async () => ({
      ...(await loadConfig({ env: {}, homeDir: machine.home })),
      ...namedRoot(machine, '', ''),
    })
    const host = await makeHost(api, machine, { readRoots })
    const agent = makeAgent(host)
    await writeFile(file, '{\n  "repoRoots": {"shop": \n')
    await expect(askForWork(host, agent)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/\.scrum4me-agent-config\.json.*\b3\b/),
    })
    expect(await api.jobs.get({ job_id: first(jobIds) })).toMatchObject(GIVEN_BACK)
    await writeFile(file, '{}')
    await db.moveClock('31 seconds')
    expect(await askForWork(host, agent)).toMatchObject({ job_id: jobIds[0], attempt: 2 })
  })

  test('H21 H37 a remote without commits is named with what to do', async () => {
    const { api } = await person()
    const { machine, remote, jobIds } = await makeWorkplace(api)
    await rm(remote, { recursive: true })
    await sh(machine.dir, 'init', '--quiet', '--bare', remote)
    const host = await makeHost(api, machine)
    await expect(askForWork(host, makeAgent(host))).rejects.toMatchObject({
      code: 'REPO_NOT_CONFIGURED',
      hint: expect.stringContaining('Push a first commit'),
    })
    expect((await api.jobs.get({ job_id: first(jobIds) })).error).toContain('Push a first commit')
    expect(await worktreesOf(machine)).toEqual([])
  })

  test('H21 H24 a database that fails at the attach gives the claim back with a pause, and leaves no worktree', async () => {
    const { api } = await person()
    const { machine, remote, jobIds } = await makeWorkplace(api)
    const host = await makeHost(api, machine)
    const worker = makeAgent(host)
    const mend = await breakAttaching()
    await expect(askForWork(host, worker)).rejects.toMatchObject({
      code: 'INTERNAL_ERROR',
      message: expect.not.stringContaining('job_attempts'),
      hint: expect.any(String),
    })
    expect(await api.jobs.get({ job_id: first(jobIds) })).toMatchObject({
      status: 'queued',
      setup_failures: 1,
      retry_count: 0,
      not_before: expect.any(String),
      worker_id: null,
    })
    await expectNothingLeft(machine, remote)
    await mend()
    expect(await askForWork(host, worker)).toBeNull()
    await db.moveClock('31 seconds')
    expect(await askForWork(host, worker)).toMatchObject({ job_id: jobIds[0], attempt: 2 })
  })

  test('H21 H24 a checkout that git cannot make gives the claim back with what git said, and leaves nothing', async () => {
    const { api } = await person()
    const { machine, remote, product, jobIds } = await makeWorkplace(api)
    const root = await makeClone(machine, remote)
    await sh(root, 'config', 'filter.broken.smudge', 'echo the key is missing >&2; exit 1')
    await sh(root, 'config', 'filter.broken.required', 'true')
    await writeFiles(root, { '.git/info/attributes': '* filter=broken\n' })
    const host = await makeHost(api, machine, { roots: namedRoot(machine, product.id, root) })
    const worker = makeAgent(host)
    await expect(askForWork(host, worker)).rejects.toMatchObject({
      code: 'GIT_FAILED',
      message: expect.stringContaining('filter'),
      hint: expect.any(String),
    })
    expect(await api.jobs.get({ job_id: first(jobIds) })).toMatchObject({
      status: 'queued',
      setup_failures: 1,
      retry_count: 0,
      not_before: expect.any(String),
    })
    expect(await worktreesOf(machine)).toEqual([])
    expect(await refsBelow(root, 'refs/heads/feat')).toEqual({})
    await sh(root, 'config', 'filter.broken.smudge', 'cat')
    await db.moveClock('31 seconds')
    expect(await askForWork(host, worker)).toMatchObject({ job_id: first(jobIds), attempt: 2 })
  })

  test('H21 settings that cannot be read give the claim back with the cause, and the next wait reads them anew', async () => {
    const { api } = await person()
    const { machine, jobIds } = await makeWorkplace(api)
    const host = await makeHost(api, machine)
    const { readRoots } = host
    host.readRoots = async () => {
      throw new Error('EIO: i/o error, read')
    }
    const worker = makeAgent(host)
    await expect(askForWork(host, worker)).rejects.toMatchObject({
      code: 'INTERNAL_ERROR',
      message: expect.stringContaining('EIO'),
    })
    expect(await api.jobs.get({ job_id: first(jobIds) })).toMatchObject({ status: 'queued', setup_failures: 1 })
    expect(worker.setUp).toBeNull()
    expect(await worktreesOf(machine)).toEqual([])
    host.readRoots = readRoots
    await db.moveClock('31 seconds')
    expect(await askForWork(host, worker)).toMatchObject({ job_id: first(jobIds), attempt: 2 })
  })

  test("H21 a branch that is checked out in a person's folder is refused with that folder's name", async () => {
    const { api } = await person()
    const { machine, remote, product, jobIds } = await makeWorkplace(api)
    const root = await makeClone(machine, remote)
    const { branch } = await api.jobs.get({ job_id: first(jobIds) })
    await sh(root, 'switch', '--quiet', '--create', branch ?? '')
    const host = await makeHost(api, machine, { roots: namedRoot(machine, product.id, root) })
    await expect(askForWork(host, makeAgent(host))).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(root),
      hint: expect.stringContaining('switch that folder to another branch'),
    })
    expect(await api.jobs.get({ job_id: first(jobIds) })).toMatchObject({ status: 'queued', setup_failures: 1 })
    expect(await worktreesOf(machine)).toEqual([])
    expect(await sh(root, 'symbolic-ref', '--short', 'HEAD')).toBe(branch)
  })
})

/** A job that costs nothing and is tried again after a pause. */
const GIVEN_BACK = { status: 'queued', setup_failures: 1, retry_count: 0, not_before: expect.any(String) }

/** Makes the database refuse new attempts, until the result is called. */
async function breakAttaching(): Promise<() => Promise<unknown>> {
  await db.pool.query(`create function refuse() returns trigger language plpgsql as
    $$ begin raise exception 'job_attempts is not what it was'; end $$`)
  await db.pool.query('create trigger refuse before insert on job_attempts for each row execute function refuse()')
  const mend = () => db.pool.query('drop function if exists refuse() cascade')
  onTestFinished(async () => void (await mend()))
  return mend
}
