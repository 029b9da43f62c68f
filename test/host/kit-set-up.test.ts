import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { finishWork } from '../../src/host/flows/finish-work.ts'
import type { Host } from '../../src/host/flows/host.ts'
import { resumeWork } from '../../src/host/flows/resume-work.ts'
import { sweepWorktrees } from '../../src/host/flows/sweep-worktrees.ts'
import { isThere } from '../../src/host/git/worktree-path.ts'
import { findPorts } from '../../src/host/kit/find-ports.ts'
import { first } from '../support/backlog.ts'
import { makeFolder } from '../support/folder.ts'
import { askForWork, loseAllLeases, makeAgent, makeHost, rescueRef, takeWork, worktreesOf } from '../support/host.ts'
import { makeKitWorkplace } from '../support/kit.ts'
import { filesOf, sh, writeFiles } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person } = await openTestServer()

describe('set-up', () => {
  test('has run, with the files that it needs and the environment of the job, before the agent gets the worktree', async () => {
    const { api } = await person()
    const setup = ['cat my.env > ignored.out', 'echo "$SCRUM4ME_JOB_NAME" >> ignored.out']
    const files = { '.gitignore': '*.env\n*.out\n', '.scrum4me.yml': JSON.stringify({ include: ['my.env'], setup }) }
    const { root, host, worker } = await makeKitWorkplace(api, files)
    await writeFiles(root, { 'my.env': 'SECRET\n' })
    const { order } = await takeWork(host, worker)
    const name = `job-${order.job_id.slice(-8)}`
    expect(await readFile(join(order.worktree_path, 'ignored.out'), 'utf8')).toBe(`SECRET\n${name}\n`)
    expect(order.worktree_env).toEqual({ SCRUM4ME_JOB_NAME: name, COMPOSE_PROJECT_NAME: name })
    expect(name).toMatch(/^[a-z0-9][a-z0-9_-]*$/)
  })

  test('H21 H24 that fails gives the claim back with a pause and the end of its output, and leaves nothing', async () => {
    const { api } = await person()
    const setup = ['seq 1 5000; echo "no such package: left-pad"; exit 7', 'touch ../never']
    const kit = await makeKitWorkplace(api, { '.scrum4me.yml': JSON.stringify({ setup, ports: 2 }) })
    const { machine, root, host, worker, jobIds } = kit
    await expect(askForWork(host, worker)).rejects.toMatchObject({
      code: 'SETUP_FAILED',
      message: expect.stringMatching(/exit 7`, after [\d.]+ s\.[\s\S]*no such package: left-pad/),
      hint: expect.stringContaining('.scrum4me.yml'),
    })
    const job = await api.jobs.get({ job_id: first(jobIds) })
    expect(job).toMatchObject({ status: 'queued', setup_failures: 1, retry_count: 0, not_before: expect.any(String) })
    expect(worker.held).toBeNull()
    expect(await worktreesOf(machine)).toEqual([])
    expect(await readdir(join(machine.dataDir, 'equipment'))).toEqual([])
    expect(await sh(root, 'for-each-ref', 'refs/heads/feat', 'refs/scrum4me')).toBe('')
  })

  test('H38 that hangs is stopped at its time limit, and gives the claim back', async () => {
    const { api } = await person()
    const kit = { setup: 'echo begun; sleep 300', timeouts: { setup: 1 } }
    const { host, worker, jobIds } = await makeKitWorkplace(api, { '.scrum4me.yml': JSON.stringify(kit) })
    await expect(askForWork(host, worker)).rejects.toMatchObject({
      code: 'SETUP_FAILED',
      message: expect.stringMatching(/begun[\s\S]*did not end within 1 s/),
    })
    expect(await api.jobs.get({ job_id: first(jobIds) })).toMatchObject({ status: 'queued', setup_failures: 1 })
  })

  test('H8 is stopped when the agent goes away: the job is claimable at once, and nothing is left', async () => {
    const { api } = await person()
    const fifo = join(await makeFolder(), 'begun')
    const setup = `mkfifo ${fifo}; echo "$$" > ${fifo}; sleep 300`
    const { machine, host, worker, jobIds } = await makeKitWorkplace(api, {
      '.scrum4me.yml': JSON.stringify({ setup }),
    })
    const gone = new AbortController()
    const asking = askForWork(host, worker, gone.signal)
    await expect.poll(() => isThere(fifo), { timeout: 30_000 }).toBe(true)
    expect(await readFile(fifo, 'utf8')).toMatch(/^\d+\n$/)
    gone.abort()
    await expect(asking).rejects.toMatchObject({ code: 'ABORTED' })
    expect(await api.jobs.get({ job_id: first(jobIds) })).toMatchObject({
      status: 'queued',
      setup_failures: 0,
      not_before: null,
    })
    expect(await worktreesOf(machine)).toEqual([])
  })
})

describe('the environment of a worktree', () => {
  const KIT = { '.scrum4me.yml': 'ports: 3\n' }

  test('has ports of its own for jobs side by side on one machine, also of several processes', async () => {
    const { api } = await person()
    const { machine, roots, jobIds } = await makeKitWorkplace(api, KIT, { stories: 4, tasks: 1 })
    const hosts = await Promise.all(jobIds.map(() => makeHost(api, machine, { roots })))
    const deadline = Date.now() + 30_000
    const ask = (host: Host) => askForWork(host, makeAgent(host), undefined, { deadline })
    const orders = (await Promise.all(hosts.map(ask))).filter(order => order !== null)
    const bases = orders.map(order => Number(order.worktree_env.SCRUM4ME_PORT_BASE))
    const ports = bases.flatMap(base => [base, base + 1, base + 2])
    expect(new Set(ports).size).toBe(12)
    expect(orders.map(order => order.worktree_env.PORT)).toEqual(bases.map(String))
    expect(new Set(orders.map(order => order.worktree_env.COMPOSE_PROJECT_NAME)).size).toBe(4)
    expect(first(orders).prompt_text).toContain(`PORT=${bases[0]}`)
  })

  test('names no port at which something listens, and says so when there is none left', async () => {
    const { first: busy } = await findPorts(1, [])
    const listening = createServer().listen(busy)
    onTestFinished(() => void listening.close())
    await once(listening, 'listening')
    const others = [
      { first: 0, count: busy - 1 },
      { first: busy + 2, count: 65_536 },
    ]
    const found = [await findPorts(1, others)]
    found.push(await findPorts(1, [...others, ...found]))
    expect(found.map(block => block.first).sort()).toEqual([busy - 1, busy + 1])
    await expect(findPorts(1, [...others, ...found])).rejects.toMatchObject({ code: 'SETUP_FAILED' })
  })

  test('is the same for whoever resumes the job', async () => {
    const { api } = await person()
    const { machine, roots, host, worker } = await makeKitWorkplace(api, KIT)
    const { order, hold } = await takeWork(host, worker)
    worker.close()
    const other = await makeHost(api, machine, { roots })
    const resumed = await resumeWork(other, makeAgent(other), hold)
    expect(resumed.order).toEqual({ ...order, lease_until: resumed.order.lease_until })
    resumed.letGo()
  })

  test('is another one for the next attempt, whose containers the cleanup of the dead one must not end', async () => {
    const { api } = await person()
    const { host, worker } = await makeKitWorkplace(api, KIT)
    const dead = await takeWork(host, worker)
    worker.close()
    await loseAllLeases({ db, server })
    const { order } = await takeWork(host, makeAgent(host))
    expect(order).toMatchObject({ job_id: dead.order.job_id, attempt: 2 })
    for (const [name, value] of Object.entries(dead.order.worktree_env))
      expect(order.worktree_env[name]).not.toBe(value)
  })

  test('goes with the worktree: the ports are free again', async () => {
    const { api } = await person()
    const { machine, host, worker } = await makeKitWorkplace(api, KIT)
    const held = await takeWork(host, worker)
    expect(await readdir(join(machine.dataDir, 'equipment'))).toEqual([`${held.order.job_id}-1.json`])
    await finishWork(host, worker, held, { status: 'failed', error: 'I cannot do it.' })
    expect(await readdir(join(machine.dataDir, 'equipment'))).toEqual([])
  })
})

describe('cleanup commands', () => {
  test('run in the worktree, with its environment, after the work is saved and before the folder goes', async () => {
    const { api } = await person()
    const proof = join(await makeFolder(), 'proof')
    const cleanup = [`echo "$COMPOSE_PROJECT_NAME in $PWD" > ${proof}`, 'rm -rf work.txt']
    const { root, host, worker } = await makeKitWorkplace(api, { '.scrum4me.yml': JSON.stringify({ cleanup }) })
    const held = await takeWork(host, worker)
    await writeFiles(held.order.worktree_path, { 'work.txt': 'not committed' })
    await finishWork(host, worker, held, { status: 'failed', error: 'I cannot do it.' })
    const { COMPOSE_PROJECT_NAME: name } = held.order.worktree_env
    expect(await readFile(proof, 'utf8')).toBe(`${name} in ${held.order.worktree_path}\n`)
    expect(await filesOf(root, rescueRef(held))).toContain('work.txt')
    expect(await isThere(held.order.worktree_path)).toBe(false)
  })

  test('that fail or hang keep no worktree standing', async () => {
    const { api } = await person()
    const kit = { cleanup: ['exit 1', 'sleep 300'], timeouts: { cleanup: 1 } }
    const { machine, host, worker } = await makeKitWorkplace(api, { '.scrum4me.yml': JSON.stringify(kit) })
    const held = await takeWork(host, worker)
    await finishWork(host, worker, held, { status: 'failed', error: 'I cannot do it.' })
    expect(await worktreesOf(machine)).toEqual([])
  })

  test('run when a dead worktree is swept by another process, and after a set-up that failed', async () => {
    const { api } = await person()
    const log = join(await makeFolder(), 'log')
    const kit = { setup: 'test -z "$FAIL"', cleanup: `echo cleaned >> ${log}` }
    const { machine, roots, host, worker } = await makeKitWorkplace(api, { '.scrum4me.yml': JSON.stringify(kit) })
    await takeWork(host, worker)
    worker.close()
    await loseAllLeases({ db, server })
    const other = await makeHost(api, machine, { roots, env: { ...machine.env, FAIL: 'yes' } })
    expect(await sweepWorktrees(other)).toHaveLength(1)
    expect(await readFile(log, 'utf8')).toBe('cleaned\n')
    await expect(askForWork(other, makeAgent(other))).rejects.toMatchObject({ code: 'SETUP_FAILED' })
    expect(await readFile(log, 'utf8')).toBe('cleaned\ncleaned\n')
    expect(await worktreesOf(machine)).toEqual([])
  })
})
