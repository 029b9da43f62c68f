import { access, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { finishWork } from '../../src/host/flows/finish-work.ts'
import type { Report } from '../../src/host/flows/report.ts'
import { resumeWork } from '../../src/host/flows/resume-work.ts'
import { verifyWork } from '../../src/host/flows/verify-work.ts'
import { isThere } from '../../src/host/git/worktree-path.ts'
import { makeFolder } from '../support/folder.ts'
import { afterAnswer, expectNothingPushed, makeAgent, makeHost, takeWork } from '../support/host.ts'
import { makeKitWorkplace, publish } from '../support/kit.ts'
import { commitFile, headOf, sh, writeFiles } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { db, person } = await openTestServer()
const DONE: Report = { status: 'done', summary: 'Said hello, as the plan wants it.' }

/** An agent that holds a job whose repository has checks, and how often they ran. */
async function startWork(api: ApiClient, checks: string[], more: object = {}) {
  const runs = join(await makeFolder(), 'runs')
  const kit = { checks: [`echo >> ${runs}`, ...checks], ...more }
  const workplace = await makeKitWorkplace(api, { '.scrum4me.yml': JSON.stringify(kit) })
  const held = await takeWork(workplace.host, workplace.worker)
  const countRuns = async () => ((await isThere(runs)) ? (await readFile(runs, 'utf8')).length : 0)
  return { ...workplace, held, path: held.order.worktree_path, countRuns }
}

describe('green checks', () => {
  test('are run by verify on what is committed, stored with the job, and not again by done', async () => {
    const { api } = await person()
    const { host, worker, held, path, remote, countRuns } = await startWork(api, ['grep -q hello hello.js'])
    const head = await commitFile(path, 'hello.js', 'hello')
    const verdict = await verifyWork(host, held)
    expect(verdict).toMatchObject({ result: 'aligned', verified_sha: head })
    expect(verdict.checks).toEqual([
      { command: expect.any(String), passed: true, seconds: expect.any(Number), output: '' },
      { command: 'grep -q hello hello.js', passed: true, seconds: expect.any(Number), output: '' },
    ])
    const job = await finishWork(host, worker, held, DONE)
    expect(job).toMatchObject({ status: 'done', head_sha: head, checks: verdict.checks })
    expect(await headOf(remote, held.order.branch_name)).toBe(head)
    expect(await countRuns()).toBe(1)
  })

  test('H57 of another commit than the delivered one are run again', async () => {
    const { api } = await person()
    const { host, worker, held, path, remote, countRuns } = await startWork(api, ['grep -q hello hello.js'])
    await commitFile(path, 'hello.js', 'hello')
    await verifyWork(host, held)
    await commitFile(path, 'hello.js', 'broken')
    await expect(finishWork(host, worker, held, DONE)).rejects.toMatchObject({ code: 'CHECKS_FAILED' })
    expect(await countRuns()).toBe(2)
    await expectNothingPushed(remote)
    expect(worker.held).toBe(held)
    await commitFile(path, 'hello.js', 'hello again')
    await verifyWork(host, held)
    expect((await finishWork(host, worker, held, DONE)).status).toBe('done')
  })

  test('H57 that ran beside changes that are not committed prove nothing about the commit', async () => {
    const { api } = await person()
    const { host, worker, held, path, remote, countRuns } = await startWork(api, ['grep -q hello hello.js'])
    await commitFile(path, 'hello.js', 'broken')
    await writeFiles(path, { 'hello.js': 'hello' })
    expect(await verifyWork(host, held)).toMatchObject({ uncommitted: ['hello.js'], checks: [{}, { passed: true }] })
    await sh(path, 'checkout', '--quiet', '--', 'hello.js')
    await expect(finishWork(host, worker, held, DONE)).rejects.toMatchObject({ code: 'CHECKS_FAILED' })
    expect(await countRuns()).toBe(2)
    await expectNothingPushed(remote)
  })

  test('H57 that change the worktree themselves are refused by the names of what they changed', async () => {
    const { api } = await person()
    const { host, worker, held, path, remote } = await startWork(api, ['echo mended > hello.js'])
    await commitFile(path, 'hello.js', 'broken')
    await verifyWork(host, held)
    await sh(path, 'checkout', '--quiet', '--', 'hello.js')
    await expect(finishWork(host, worker, held, DONE)).rejects.toMatchObject({
      code: 'UNCOMMITTED_CHANGES',
      message: expect.stringContaining('hello.js'),
    })
    await expectNothingPushed(remote)
  })

  test('are run at done by a host that knows nothing of them, because the job was resumed there', async () => {
    const { api } = await person()
    const { machine, roots, host, worker, held, path, countRuns } = await startWork(api, [])
    await commitFile(path, 'hello.js', 'hello')
    await verifyWork(host, held)
    worker.close()
    const other = await makeHost(api, machine, { roots })
    const agent = makeAgent(other)
    agent.held = await resumeWork(other, agent, held.hold)
    expect((await finishWork(other, agent, agent.held, DONE)).status).toBe('done')
    expect(await countRuns()).toBe(2)
  })
})

describe('a red check', () => {
  test('is told by verify with the end of its output, and stored; done is refused and nothing is pushed', async () => {
    const { api } = await person()
    const check = 'seq 1 9000; echo "1 test failed: says hello"; exit 1'
    const { host, worker, held, path, remote } = await startWork(api, [check, 'true'])
    await commitFile(path, 'hello.js', 'hello')
    const { checks } = await verifyWork(host, held)
    expect(checks.map(({ passed }) => passed)).toEqual([true, false, true])
    expect(checks[1]?.output).toMatch(/9000\n1 test failed: says hello$/)
    expect(checks[1]?.output.length).toBeLessThanOrEqual(8_000)
    await expect(finishWork(host, worker, held, DONE)).rejects.toMatchObject({
      code: 'CHECKS_FAILED',
      message: expect.stringMatching(/exit 1` failed after [\d.]+ s\.[\s\S]*1 test failed: says hello/),
      hint: expect.stringContaining('verify'),
    })
    await expectNothingPushed(remote)
    expect(await api.jobs.get({ job_id: held.hold.job_id })).toMatchObject({
      status: 'running',
      head_sha: null,
      checks,
    })
  })

  test('H38 is one that hangs, too', async () => {
    const { api } = await person()
    const { host, held, path } = await startWork(api, ['sleep 300'], { timeouts: { checks: 1 } })
    await commitFile(path, 'hello.js', 'hello')
    expect((await verifyWork(host, held)).checks[1]).toMatchObject({
      passed: false,
      output: expect.stringContaining('did not end within 1 s'),
    })
  })

  test('H57 that a host claims not to see is refused by the server', async () => {
    const { api } = await person()
    const { host, held, path } = await startWork(api, [])
    const head = await commitFile(path, 'hello.js', 'hello')
    await verifyWork(host, held)
    const checks = [{ command: 'npm test', passed: false, seconds: 1, output: 'red' }]
    await expect(api.jobs.deliver({ ...held.hold, head_sha: head, checks })).rejects.toMatchObject({
      code: 'CHECKS_FAILED',
    })
  })

  test('ends no task that only looks, and is told to whoever asked for it', async () => {
    const { api } = await person()
    const { host, worker, held, firstTask } = await startWork(api, ['false'])
    await db.pool.query('update tasks set verify_only = true where id = $1', [firstTask.id])
    expect(await verifyWork(host, held)).toMatchObject({ result: 'empty', checks: [{}, { passed: false }] })
    const job = await finishWork(host, worker, held, { status: 'done', summary: 'It is broken, as was said.' })
    expect(job).toMatchObject({ status: 'done', checks: [{}, { passed: false }] })
  })
})

describe('an agent', () => {
  test('weakens no check by its own change of .scrum4me.yml', async () => {
    const { api } = await person()
    const { host, worker, held, path } = await startWork(api, ['false'])
    await commitFile(path, 'hello.js', 'hello')
    await commitFile(path, '.scrum4me.yml', 'checks: []\n')
    expect((await verifyWork(host, held)).checks).toMatchObject([{}, { passed: false }])
    await expect(finishWork(host, worker, held, DONE)).rejects.toMatchObject({ code: 'CHECKS_FAILED' })
  })

  test('weakens no check of the next job of its branch, and keeps what the default branch says by then', async () => {
    const { api } = await person()
    const kit = { '.scrum4me.yml': 'checks: grep hello hello.js\n' }
    const { host, worker, machine, remote } = await makeKitWorkplace(api, kit, { tasks: 2 })
    const held = await takeWork(host, worker)
    await commitFile(held.order.worktree_path, '.scrum4me.yml', 'setup: "false"\n')
    await commitFile(held.order.worktree_path, 'hello.js', 'hello')
    await verifyWork(host, held)
    await finishWork(host, worker, held, DONE)
    await publish(machine, remote, { '.scrum4me.yml': 'checks: "true"\n' })
    const next = await takeWork(host, worker)
    expect(next.order).toMatchObject({ reused_branch: true, branch_name: held.order.branch_name })
    await commitFile(next.order.worktree_path, 'hello.js', 'broken')
    expect(await verifyWork(host, next)).toMatchObject({ checks: [{ command: 'grep hello hello.js', passed: false }] })
  })

  test('H8 whose call ends before its checks do hears at the next call how they ended, and they ran once', async () => {
    const { api } = await person()
    const gate = join(await makeFolder(), 'gate')
    const { host, worker, held, path, remote, countRuns } = await startWork(api, [`mkfifo ${gate}; cat ${gate}`])
    const head = await commitFile(path, 'hello.js', 'hello')
    const gone = new AbortController()
    const verifying = verifyWork(host, held, { signal: gone.signal })
    await expect.poll(() => isThere(gate), { timeout: 30_000 }).toBe(true)
    gone.abort()
    await expect(verifying).rejects.toMatchObject({ code: 'ABORTED' })
    await expect(verifyWork(host, held, { withinMs: 1 })).rejects.toMatchObject({
      code: 'CHECKS_RUNNING',
      message: expect.stringContaining(head.slice(0, 10)),
      hint: expect.stringContaining('same call again'),
    })
    await writeFile(gate, '')
    expect((await verifyWork(host, held)).checks).toMatchObject([{ passed: true }, { passed: true }])
    expect((await finishWork(host, worker, held, DONE)).status).toBe('done')
    expect(await headOf(remote, held.order.branch_name)).toBe(head)
    expect(await countRuns()).toBe(1)
  })

  test('whose checks ended red while nobody waited for them is told so once, and the next call runs them again', async () => {
    const { api } = await person()
    const { host, held, path, countRuns } = await startWork(api, ['echo broken; false'])
    await commitFile(path, 'hello.js', 'hello')
    await expect(verifyWork(host, held, { withinMs: 0 })).rejects.toMatchObject({ code: 'CHECKS_RUNNING' })
    await expect.poll(countRuns, { timeout: 30_000 }).toBe(1)
    for (const runs of [1, 2]) {
      const { checks } = await verifyWork(host, held)
      expect(checks).toMatchObject([{ passed: true }, { passed: false, output: 'broken' }])
      expect(await countRuns()).toBe(runs)
    }
  })

  test('that goes on to another commit while its checks run has those of the new one', async () => {
    const { api } = await person()
    const fifo = join(await makeFolder(), 'begun')
    const { host, held, path, countRuns } = await startWork(api, [
      `grep hello hello.js || { mkfifo ${fifo}; echo > ${fifo}; sleep 300; }`,
    ])
    await commitFile(path, 'hello.js', 'broken')
    await expect(verifyWork(host, held, { withinMs: 0 })).rejects.toMatchObject({ code: 'CHECKS_RUNNING' })
    await expect.poll(() => isThere(fifo), { timeout: 30_000 }).toBe(true)
    await readFile(fifo)
    const head = await commitFile(path, 'hello.js', 'hello')
    expect(await verifyWork(host, held)).toMatchObject({ verified_sha: head, checks: [{}, { passed: true }] })
    expect(await countRuns()).toBe(2)
  })

  test('H8 whose connection closes takes its checks with it, and keeps its job', async () => {
    const { api } = await person()
    const fifo = join(await makeFolder(), 'begun')
    const { host, worker, held, path } = await startWork(api, [`mkfifo ${fifo}; echo > ${fifo}; sleep 300`])
    await commitFile(path, 'hello.js', 'hello')
    const finishing = finishWork(host, worker, held, DONE)
    await expect.poll(() => isThere(fifo), { timeout: 30_000 }).toBe(true)
    await readFile(fifo)
    worker.close()
    await expect(finishing).rejects.toMatchObject({ code: 'ABORTED' })
    expect(await api.jobs.get({ job_id: held.hold.job_id })).toMatchObject({ status: 'running', head_sha: null })
    await access(path)
  })

  test('whose job is cancelled meanwhile is told so, and its checks are stopped', async () => {
    const { api } = await person()
    const fifo = join(await makeFolder(), 'begun')
    const work = await startWork(api, [`mkfifo ${fifo}; echo > ${fifo}; sleep 300`])
    const { machine, roots, worker, held, path } = work
    const host = await makeHost(api, machine, { roots, limits: { renewLeaseMs: 50 } })
    await commitFile(path, 'hello.js', 'hello')
    const finishing = finishWork(host, worker, held, DONE)
    await expect.poll(() => isThere(fifo), { timeout: 30_000 }).toBe(true)
    await readFile(fifo)
    await api.jobs.cancel({ job_id: held.hold.job_id })
    await expect(finishing).rejects.toMatchObject({ code: 'JOB_CANCELLED' })
    expect(worker.held).toBeNull()
    expect(await isThere(path)).toBe(false)
  })

  test('H28 over HTTP keeps its job while its checks run, for the silence that it is allowed', async () => {
    const { api } = await person()
    let renewals = 0
    const counting = afterAnswer(api, 'renew', () => {
      renewals += 1
    })
    const gate = join(await makeFolder(), 'gate')
    const work = await startWork(api, [`mkfifo ${gate}; cat ${gate}`])
    const { machine, roots, held, path } = work
    const host = await makeHost(counting, machine, { roots, limits: { renewLeaseMs: 50 } })
    await commitFile(path, 'hello.js', 'hello')
    const verifying = verifyWork(host, { ...held, silence: { silent_seconds: 1_800 } })
    await expect.poll(() => renewals, { timeout: 30_000 }).toBeGreaterThan(2)
    const { lease_until } = await api.jobs.renew(held.hold)
    expect(Date.parse(lease_until) - Date.now()).toBeGreaterThan(1_200_000)
    await expect.poll(() => isThere(gate), { timeout: 30_000 }).toBe(true)
    await writeFile(gate, '')
    expect((await verifying).checks[1]).toMatchObject({ passed: true })
  })
})
