import { describe, expect, test } from 'vitest'
import { finishWork } from '../../src/host/flows/finish-work.ts'
import { verifyWork } from '../../src/host/flows/verify-work.ts'
import { makeSprint } from '../support/held-jobs.ts'
import { askForWork, DONE, loseAllLeases, makeAgent, makeHost, makeWorkplace, takeWork } from '../support/host.ts'
import { commitElsewhere, commitFile, headOf, type Machine, makeClone, refsBelow, sh } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { db, server, person } = await openTestServer()

type Workplace = Awaited<ReturnType<typeof setUp>>

describe('the next task of a story', () => {
  test('H34 goes on its branch as long as that is not merged, also when somebody else committed there', async () => {
    const place = await setUp({ tasks: 2 })
    const [one] = await workOff(place, 1)
    await commitElsewhere(place.remote, branchOf(one), 'review.txt')
    expect(await takeWork(place.host, place.agent)).toMatchObject({
      order: { branch_name: branchOf(one), reused_branch: true },
    })
  })

  test.each(['merge', 'squash', 'rebase'] as const)(
    'H34 H35 goes on a line of its own from the default branch when the branch was merged (%s)',
    async way => {
      const place = await setUp({ tasks: 3 })
      const [one] = await workOff(place, 1)
      const merged = await merge(place, branchOf(one), way)
      const { order } = await takeWork(place.host, place.agent)
      const branch = `${branchOf(one)}-2`
      expect(order).toMatchObject({ branch_name: branch, base_sha: merged, reused_branch: false })
      expect(await sh(order.worktree_path, 'branch', '--show-current')).toBe(branch)
      const jobs = await Promise.all(place.jobIds.map(job_id => place.api.jobs.get({ job_id })))
      expect(jobs.map(job => job.branch)).toEqual([branchOf(one), branch, branch])
    },
  )

  test('H34 goes on a third line when the second is merged, too', async () => {
    const place = await setUp({ tasks: 3 })
    for (const suffix of ['', '-2']) {
      const [done] = await workOff(place, 1)
      expect(branchOf(done)).toMatch(new RegExp(`^feat/story-\\w{8}${suffix}$`))
      await merge(place, branchOf(done), 'merge')
    }
    expect((await takeWork(place.host, place.agent)).order.branch_name).toMatch(/^feat\/story-\w{8}-3$/)
  })

  test('H34 goes on a new line when its branch was deleted on origin after the delivery', async () => {
    const place = await setUp({ tasks: 2 })
    const [one] = await workOff(place, 1)
    const merged = await merge(place, branchOf(one), 'squash')
    await commitElsewhere(place.remote, 'main', 'hello.js', 'changed again since')
    await sh(place.remote, 'update-ref', '-d', `refs/heads/${branchOf(one)}`)
    const { order } = await takeWork(place.host, place.agent)
    expect(order.branch_name).toBe(`${branchOf(one)}-2`)
    expect(order.base_sha).not.toBe(merged)
    expect(order.base_sha).toBe(await headOf(place.remote, 'main'))
  })
})

test('H34 H62 a branch of that name on origin that never was ours is left alone, and the work goes on another', async () => {
  const place = await setUp({ tasks: 1 })
  const { branch } = await place.api.jobs.get({ job_id: place.jobIds[0] ?? '' })
  const theirs = await commitElsewhere(place.remote, branch ?? '', 'theirs.txt')
  const [done] = await workOff(place, 1)
  expect(branchOf(done)).toBe(`${branch}-2`)
  expect(await headOf(place.remote, `refs/heads/${branch}`)).toBe(theirs)
  expect(Object.keys(await refsBelow(place.remote, 'refs/heads/feat')).sort()).toEqual(
    [`refs/heads/${branch}`, `refs/heads/${branch}-2`].sort(),
  )
})

test('H34 H24 a line that was left stays left when the set-up after it fails, and the next host goes straight on', async () => {
  const place = await setUp({ tasks: 2 })
  const [one] = await workOff(place, 1)
  await merge(place, branchOf(one), 'merge')
  const left = await takeWork(place.host, place.agent)
  place.agent.close()
  await loseAllLeases({ db, server })
  const again = await takeWork(place.host, makeAgent(place.host))
  expect(again.order).toMatchObject({ job_id: left.order.job_id, attempt: 2, branch_name: `${branchOf(one)}-2` })
  expect(again.order.base_sha).toBe(left.order.base_sha)
})

test('H34 a run whose branch is merged on the way goes on a new line, and its continuation there', async () => {
  const place = await setUp({ tasks: 3, queued: false })
  const sprint = await makeSprint(place.api, place)
  const run = await place.api.sprints.startRun({ sprint_id: sprint.id })
  const [one] = await workOff(place, 1)
  expect(branchOf(one)).toBe(run.branch)
  await merge(place, branchOf(one), 'merge')
  const two = await takeWork(place.host, place.agent)
  expect(two.order.branch_name).toBe(`${run.branch}-2`)
  await place.api.jobs.settle({ ...two.hold, outcome: 'failed', error: 'The tests are red.' })
  place.agent.close()
  const next = await place.api.sprints.startRun({ sprint_id: sprint.id, previous_run_id: run.id })
  expect(next.branch).toBe(`${run.branch}-2`)
  expect((await askForWork(place.host, makeAgent(place.host)))?.branch_name).toBe(next.branch)
})

/** A host with an agent, a remote, and a backlog of one story. */
async function setUp(wish: { tasks: number; queued?: boolean }) {
  const { api } = await person()
  const workplace = await makeWorkplace(api, wish)
  const host = await makeHost(api, workplace.machine)
  return { api, host, agent: makeAgent(host), ...workplace }
}

/** Does so many jobs to their end, each with a commit of its own; their work orders. */
async function workOff({ host, agent }: Workplace, count: number) {
  const orders = []
  for (let n = 0; n < count; n++) {
    const held = await takeWork(host, agent)
    await commitFile(held.order.worktree_path, 'hello.js', `${held.order.job_id}\n`)
    await verifyWork(host, held)
    await finishWork(host, agent, held, DONE)
    orders.push(held.order)
  }
  return orders
}

function branchOf(order: { branch_name: string } | undefined): string {
  if (!order) throw new Error('no job was done')
  return order.branch_name
}

/** Merges a branch into the remote's default branch, as a person's forge does; the commit that comes of it. */
async function merge(
  { machine, remote }: { machine: Machine; remote: string },
  branch: string,
  way: 'merge' | 'squash' | 'rebase',
): Promise<string> {
  await commitElsewhere(remote, 'main', `news-${branch.length}.txt`)
  const clone = await makeClone(machine, remote, `merges-${way}-${branch.replaceAll('/', '-')}`)
  const theirs = `origin/${branch}`
  if (way === 'merge') await sh(clone, 'merge', '--quiet', '--no-ff', '--no-edit', theirs)
  if (way === 'rebase') await sh(clone, 'cherry-pick', `main..${theirs}`)
  if (way === 'squash') {
    await sh(clone, 'merge', '--quiet', '--squash', theirs)
    await sh(clone, 'commit', '--quiet', '--message', `Squashed ${branch}`)
  }
  await sh(clone, 'push', '--quiet', 'origin', 'HEAD:main')
  return headOf(clone)
}
