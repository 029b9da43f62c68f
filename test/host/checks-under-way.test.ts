import { access, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { finishWork } from '../../src/host/flows/finish-work.ts'
import { verifyWork } from '../../src/host/flows/verify-work.ts'
import { isThere } from '../../src/host/git/worktree-path.ts'
import { makeFolder } from '../support/folder.ts'
import { afterAnswer, DONE, makeHost } from '../support/host.ts'
import { takeCheckedWork } from '../support/kit.ts'
import { commitFile, headOf } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { person } = await openTestServer()

describe('an agent', () => {
  test('H8 whose call ends before its checks do hears at the next call how they ended, and they ran once', async () => {
    const { api } = await person()
    const gate = join(await makeFolder(), 'gate')
    const { host, worker, held, path, remote, countRuns } = await takeCheckedWork(api, [`mkfifo ${gate}; cat ${gate}`])
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
    const { host, held, path, countRuns } = await takeCheckedWork(api, ['echo broken; false'])
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
    const { host, held, path, countRuns } = await takeCheckedWork(api, [
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
    const { host, worker, held, path } = await takeCheckedWork(api, [`mkfifo ${fifo}; echo > ${fifo}; sleep 300`])
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
    const work = await takeCheckedWork(api, [`mkfifo ${fifo}; echo > ${fifo}; sleep 300`])
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
    const work = await takeCheckedWork(api, [`mkfifo ${gate}; cat ${gate}`])
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
