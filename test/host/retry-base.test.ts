import { expect, test } from 'vitest'
import { finishWork } from '../../src/host/flows/finish-work.ts'
import { verifyWork } from '../../src/host/flows/verify-work.ts'
import { DONE, loseAllLeases, makeAgent, makeHost, makeWorkplace, takeWork } from '../support/host.ts'
import { commitElsewhere, commitFile, headOf, sh } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { db, server, person } = await openTestServer()

test('H36 a retry keeps its base_sha when the dead attempt had pushed its own commits, and can be delivered with them alone', async () => {
  const { host, one, pushed, remote } = await dieAfterPushing()
  const worker = makeAgent(host)
  const two = await takeWork(host, worker)
  expect(two.order).toMatchObject({ attempt: 2, reused_branch: true, base_sha: one.order.base_sha })
  expect(await headOf(two.order.worktree_path)).toBe(pushed)
  expect(await verifyWork(host, two)).toMatchObject({ result: 'aligned', changed_paths: ['hello.js'] })
  expect(await finishWork(host, worker, two, DONE)).toMatchObject({ status: 'done', head_sha: pushed })
  expect(await headOf(remote, one.order.branch_name)).toBe(pushed)
})

test('H36 H62 a retry is recorded anew at a tip that has what another job delivered since, and its diff is its own', async () => {
  const { host, one, jobIds, remote } = await dieAfterPushing()
  const theirs = await commitElsewhere(remote, one.order.branch_name, 'theirs.txt')
  await db.pool.query('update claude_jobs set head_sha = $2 where id = $1', [jobIds[1], theirs])
  const two = await takeWork(host, makeAgent(host))
  expect(two.order).toMatchObject({ job_id: one.order.job_id, attempt: 2, base_sha: theirs })
  await commitFile(two.order.worktree_path, 'hello.js', 'second try')
  expect(await verifyWork(host, two)).toMatchObject({ changed_paths: ['hello.js'] })
})

test('H36 a retry keeps its base_sha when what another job delivered was there before', async () => {
  const { host, one, jobIds } = await dieAfterPushing()
  await db.pool.query('update claude_jobs set head_sha = $2 where id = $1', [jobIds[1], one.order.base_sha])
  expect((await takeWork(host, makeAgent(host))).order.base_sha).toBe(one.order.base_sha)
})

test('H36 a retry is recorded anew where the branch no longer has the commit that it started from', async () => {
  const { host, one, remote } = await dieAfterPushing()
  const other = await sh(remote, 'commit-tree', '-m', 'Begin anew', 'main^{tree}')
  await sh(remote, 'update-ref', `refs/heads/${one.order.branch_name}`, other)
  expect((await takeWork(host, makeAgent(host))).order.base_sha).toBe(other)
})

/** A task whose first agent commits, pushes to the branch by itself, and dies; another task waits behind it. */
async function dieAfterPushing() {
  const { api } = await person()
  const workplace = await makeWorkplace(api, { tasks: 2 })
  const host = await makeHost(api, workplace.machine)
  const died = makeAgent(host)
  const one = await takeWork(host, died)
  const pushed = await commitFile(one.order.worktree_path, 'hello.js', 'first try')
  await sh(one.order.worktree_path, 'push', '--quiet', 'origin', `HEAD:refs/heads/${one.order.branch_name}`)
  died.close()
  await loseAllLeases({ db, server })
  return { ...workplace, host, one, pushed }
}
