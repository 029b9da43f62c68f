import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { finishWork } from '../../src/host/flows/finish-work.ts'
import { first, makeBacklog } from '../support/backlog.ts'
import {
  askForWork,
  DONE,
  loseAllLeases,
  makeAgent,
  makeHost,
  makeWorkplace,
  takeWork,
  worktreesOf,
} from '../support/host.ts'
import { commitElsewhere, makeRemote } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { db, server, person } = await openTestServer()
const isRoot = process.getuid?.() === 0
const GIVEN_BACK = { status: 'queued', setup_failures: 1, retry_count: 0, not_before: expect.any(String) }

// Only root can mount a small disk, and not in every container.
test.skipIf(!isRoot)(
  'H40 a worktree that its disk has no room for is an error that says so, nothing of it stays, and the queue goes on',
  async ({ skip }) => {
    const { api } = await person()
    const { machine, remote, jobIds } = await makeWorkplace(api)
    await commitElsewhere(remote, 'main', 'big.txt', 'big '.repeat(1_000_000))
    skip(!(await mountDisk(machine.worktreesDir, 'size=1m')), 'no disk can be mounted here')
    const host = await makeHost(api, machine, { limits: { minFreeBytes: 0 } })
    await expect(askForWork(host, makeAgent(host))).rejects.toMatchObject({
      code: 'GIT_FAILED',
      message: expect.stringContaining('unable to write file big.txt'),
      hint: expect.stringContaining('disk is full'),
    })
    expect(await api.jobs.get({ job_id: first(jobIds) })).toMatchObject(GIVEN_BACK)
    expect(await worktreesOf(machine)).toEqual([])
    const small = await makeBacklog(api, { repoUrl: pathToFileURL(await makeRemote(machine, 'small.git')).href })
    const { job_id } = await api.jobs.dispatch({ task_id: small.firstTask.id })
    expect((await takeWork(host, makeAgent(host))).order.job_id).toBe(job_id)
  },
)

test('H40 a folder for worktrees that cannot be written to is named, and the job is tried again where it can', async ({
  skip,
}) => {
  const { api } = await person()
  const { machine, jobIds } = await makeWorkplace(api)
  await mkdir(machine.worktreesDir)
  if (isRoot) skip(!(await mountDisk(machine.worktreesDir, 'ro')), 'no disk can be mounted here')
  else await chmod(machine.worktreesDir, 0o555)
  const host = await makeHost(api, machine)
  await expect(askForWork(host, makeAgent(host))).rejects.toMatchObject({
    message: expect.stringContaining(machine.worktreesDir),
    hint: expect.stringContaining('write'),
  })
  expect(await api.jobs.get({ job_id: first(jobIds) })).toMatchObject(GIVEN_BACK)
  await db.moveClock('31 seconds')
  const other = await makeHost(api, { ...machine, worktreesDir: join(machine.dir, 'open') })
  expect((await takeWork(other, makeAgent(other))).order).toMatchObject({ job_id: jobIds[0], attempt: 2 })
})

test('H40 a clone that is deleted under a held job is a clear error to its agent, and the next attempt makes it again', async () => {
  const { api } = await person()
  const { machine, jobIds } = await makeWorkplace(api)
  const host = await makeHost(api, machine)
  const agent = makeAgent(host)
  const held = await takeWork(host, agent)
  await writeFile(join(held.order.worktree_path, 'hello.js'), 'hello')
  await rm(held.root, { recursive: true })
  await expect(finishWork(host, agent, held, DONE)).rejects.toMatchObject({
    code: 'GIT_FAILED',
    message: expect.stringContaining(held.order.worktree_path),
  })
  agent.close()
  await loseAllLeases({ db, server })
  const again = await takeWork(host, makeAgent(host))
  expect(again.order).toMatchObject({ job_id: jobIds[0], attempt: 2, base_sha: held.order.base_sha })
})

/** Mounts a disk of its own at a folder until the test is over; false where that is not allowed. */
async function mountDisk(folder: string, options: string): Promise<boolean> {
  await mkdir(folder, { recursive: true })
  const { failed } = await execa('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { reject: false })
  if (!failed) onTestFinished(async () => void (await execa('umount', [folder])))
  return !failed
}
