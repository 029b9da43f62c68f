import { describe, expect, test } from 'vitest'
import { verifyWork } from '../../src/host/flows/verify-work.ts'
import { pushBranch } from '../../src/host/git/push.ts'
import { askForWork, loseAllLeases, makeAgent, makeHost, makeWorkplace, takeWork } from '../support/host.ts'
import { commitElsewhere, commitFile, filesOf, headOf, makeMachine, writeFiles } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person } = await openTestServer()

describe('a retry', () => {
  test("H36 H62 H26 on the same host keeps base_sha although origin's main moved on; the dead attempt's work is named", async () => {
    const { api } = await person()
    const { machine, remote } = await makeWorkplace(api)
    const dead = await makeHost(api, machine)
    const died = makeAgent(dead)
    const one = await takeWork(dead, died)
    const commit = await commitFile(one.order.worktree_path, 'hello.js', 'first try')
    await writeFiles(one.order.worktree_path, { 'notes.txt': 'not committed' })
    died.close()
    await loseAllLeases({ db, server })
    await commitElsewhere(remote, 'main', 'news.txt')

    const host = await makeHost(api, machine)
    expect(host.hostId).toBe(dead.hostId)
    const two = await takeWork(host, makeAgent(host))
    const ref = `refs/scrum4me/rescue/${one.order.job_id}/1`
    expect(two.order).toMatchObject({ job_id: one.order.job_id, attempt: 2, base_sha: one.order.base_sha })
    expect(two.order.previous_attempts).toMatchObject([{ claim_no: 1, rescue_ref: ref, error: expect.any(String) }])
    expect(two.order.prompt_text).toContain(ref)
    expect(await headOf(two.root, `${ref}^`)).toBe(commit)
    expect(await filesOf(two.root, ref)).toContain('notes.txt')

    await commitFile(two.order.worktree_path, 'hello.js', 'second try')
    expect(await verifyWork(host, two)).toMatchObject({ result: 'aligned', changed_paths: ['hello.js'] })
  })

  test('H58 a delivery that arrived but was never settled is settled by the next host, without an agent', async () => {
    const { api } = await person()
    const { machine, remote, jobIds } = await makeWorkplace(api, { tasks: 2 })
    const dead = await makeHost(api, machine)
    const died = makeAgent(dead)
    const { order, hold } = await deliverOnly(dead, died)
    await pushBranch(dead.git, {
      path: order.worktree_path,
      headSha: order.head,
      branch: order.branch,
      timeoutMs: 9_000,
    })
    died.close()
    await loseAllLeases({ db, server })

    const host = await makeHost(api, await makeMachine())
    const next = await askForWork(host, makeAgent(host), undefined, { deadline: Date.now() + 60_000 })
    expect(next?.job_id).toBe(jobIds[1])
    expect(next?.base_sha).toBe(order.head)
    expect(await api.jobs.get({ job_id: hold.job_id })).toMatchObject({
      status: 'done',
      head_sha: order.head,
      pushed_at: expect.any(String),
      summary: 'Said hello as planned.',
      retry_count: 1,
    })
    expect(await headOf(remote, order.branch)).toBe(order.head)
  })

  test('H17 a delivery that never arrived is worked on anew, and nothing of it passes for the new attempt', async () => {
    const { api } = await person()
    const { machine } = await makeWorkplace(api)
    const dead = await makeHost(api, machine)
    const died = makeAgent(dead)
    const { order, hold } = await deliverOnly(dead, died)
    died.close()
    await loseAllLeases({ db, server })
    const host = await makeHost(api, machine)
    const again = await takeWork(host, makeAgent(host))
    expect(again.order).toMatchObject({ job_id: hold.job_id, attempt: 2 })
    expect(await api.jobs.get({ job_id: hold.job_id })).toMatchObject({
      status: 'running',
      head_sha: null,
      verify_result: null,
      summary: null,
    })
    expect(await headOf(again.root, `refs/scrum4me/rescue/${hold.job_id}/1`)).toBe(order.head)
  })
})

/** Does a job up to jobs.deliver, and no further. */
async function deliverOnly(host: Awaited<ReturnType<typeof makeHost>>, worker: ReturnType<typeof makeAgent>) {
  const held = await takeWork(host, worker)
  const head = await commitFile(held.order.worktree_path, 'hello.js', 'hello')
  await verifyWork(host, held)
  await host.api.jobs.deliver({ ...held.hold, head_sha: head, summary: 'Said hello as planned.' })
  return { hold: held.hold, order: { ...held.order, head, branch: held.order.branch_name } }
}
