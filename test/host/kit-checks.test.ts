import { describe, expect, test } from 'vitest'
import { finishWork } from '../../src/host/flows/finish-work.ts'
import { resumeWork } from '../../src/host/flows/resume-work.ts'
import { verifyWork } from '../../src/host/flows/verify-work.ts'
import { DONE, expectNothingPushed, makeAgent, makeHost, takeWork } from '../support/host.ts'
import { makeKitWorkplace, publish, takeCheckedWork } from '../support/kit.ts'
import { commitFile, headOf, sh, writeFiles } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { db, person } = await openTestServer()

describe('green checks', () => {
  test('are run by verify on what is committed, stored with the job, and not again by done', async () => {
    const { api } = await person()
    const { host, worker, held, path, remote, countRuns } = await takeCheckedWork(api, ['grep -q hello hello.js'])
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
    const { host, worker, held, path, remote, countRuns } = await takeCheckedWork(api, ['grep -q hello hello.js'])
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
    const { host, worker, held, path, remote, countRuns } = await takeCheckedWork(api, ['grep -q hello hello.js'])
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
    const { host, worker, held, path, remote } = await takeCheckedWork(api, ['echo mended > hello.js'])
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
    const { machine, roots, host, worker, held, path, countRuns } = await takeCheckedWork(api, [])
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
    const { host, worker, held, path, remote } = await takeCheckedWork(api, [check, 'true'])
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
    const { host, held, path } = await takeCheckedWork(api, ['sleep 300'], { timeouts: { checks: 1 } })
    await commitFile(path, 'hello.js', 'hello')
    expect((await verifyWork(host, held)).checks[1]).toMatchObject({
      passed: false,
      output: expect.stringContaining('did not end within 1 s'),
    })
  })

  test('H57 that a host claims not to see is refused by the server', async () => {
    const { api } = await person()
    const { host, held, path } = await takeCheckedWork(api, [])
    const head = await commitFile(path, 'hello.js', 'hello')
    await verifyWork(host, held)
    const checks = [{ command: 'npm test', passed: false, seconds: 1, output: 'red' }]
    await expect(api.jobs.deliver({ ...held.hold, head_sha: head, checks })).rejects.toMatchObject({
      code: 'CHECKS_FAILED',
    })
  })

  test('ends no task that only looks, and is told to whoever asked for it', async () => {
    const { api } = await person()
    const { host, worker, held, firstTask } = await takeCheckedWork(api, ['false'])
    await db.pool.query('update tasks set verify_only = true where id = $1', [firstTask.id])
    expect(await verifyWork(host, held)).toMatchObject({ result: 'empty', checks: [{}, { passed: false }] })
    const job = await finishWork(host, worker, held, { status: 'done', summary: 'It is broken, as was said.' })
    expect(job).toMatchObject({ status: 'done', checks: [{}, { passed: false }] })
  })
})

describe('an agent', () => {
  test('weakens no check by its own change of .scrum4me.yml', async () => {
    const { api } = await person()
    const { host, worker, held, path } = await takeCheckedWork(api, ['false'])
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
})
