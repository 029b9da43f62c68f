import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import type { Kit } from '../../src/contract/kit.ts'
import { finishWork } from '../../src/host/flows/finish-work.ts'
import { resumeWork } from '../../src/host/flows/resume-work.ts'
import { sweepWorktrees } from '../../src/host/flows/sweep-worktrees.ts'
import { verifyWork } from '../../src/host/flows/verify-work.ts'
import { isThere } from '../../src/host/git/worktree-path.ts'
import { first } from '../support/backlog.ts'
import { makeFolder } from '../support/folder.ts'
import {
  askForWork,
  DONE,
  expectNothingPushed,
  loseAllLeases,
  makeAgent,
  makeHost,
  makeWorkplace,
  takeWork,
} from '../support/host.ts'
import { makeKitWorkplace } from '../support/kit.ts'
import { commitFile, makeRemote, writeFiles } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person } = await openTestServer()

/** A host at work for a product with a kit, whose repository says nothing, unless files are given. */
async function startProduct(api: ApiClient, kit: Kit, files: Record<string, string> = { '.gitignore': 'made*\n' }) {
  const workplace = await makeKitWorkplace(api, files)
  await api.products.setKit({ product_id: workplace.product.id, kit })
  return workplace
}

describe('where the repository says nothing, the product’s kit', () => {
  test('equips the worktree, proves the work, and cleans up', async () => {
    const { api } = await person()
    const log = join(await makeFolder(), 'log')
    const { root, host, worker, remote } = await startProduct(api, {
      include: ['made.env'],
      setup: ['cat made.env > made', 'echo "$PORT" >> made'],
      checks: ['grep -q hello hello.js'],
      cleanup: [`cat made > ${log}`],
      ports: 1,
    })
    await writeFiles(root, { 'made.env': 'SECRET\n' })
    const held = await takeWork(host, worker)
    const path = held.order.worktree_path
    const made = `SECRET\n${held.order.worktree_env.PORT}\n`
    expect(await readFile(join(path, 'made'), 'utf8')).toBe(made)

    await commitFile(path, 'hello.js', 'broken')
    expect((await verifyWork(host, held)).checks).toMatchObject([{ passed: false }])
    await expect(finishWork(host, worker, held, DONE)).rejects.toMatchObject({ code: 'CHECKS_FAILED' })
    await expectNothingPushed(remote)

    await commitFile(path, 'hello.js', 'hello')
    await verifyWork(host, held)
    expect(await finishWork(host, worker, held, DONE)).toMatchObject({ status: 'done', checks: [{ passed: true }] })
    expect(await readFile(log, 'utf8')).toBe(made)
    expect(await isThere(path)).toBe(false)
  })

  test('is told to no agent', async () => {
    const { api } = await person()
    const { host, worker } = await startProduct(api, { checks: ['true only-in-the-kit'] })
    expect(JSON.stringify(await askForWork(host, worker))).not.toMatch(/only-in-the-kit|product_kit|productKit/)
  })

  test('whose set-up fails gives the claim back, and says where to mend it', async () => {
    const { api } = await person()
    const { host, worker, jobIds } = await startProduct(api, { setup: ['echo no network; exit 3'] })
    await expect(askForWork(host, worker)).rejects.toMatchObject({
      code: 'SETUP_FAILED',
      message: expect.stringContaining('no network'),
      hint: expect.stringContaining('product’s kit'),
    })
    expect(await api.jobs.get({ job_id: first(jobIds) })).toMatchObject({ status: 'queued', setup_failures: 1 })
  })

  test('H57 is weakened by no .scrum4me.yml that the agent commits', async () => {
    const { api } = await person()
    const { host, worker } = await startProduct(api, { checks: ['false'] })
    const held = await takeWork(host, worker)
    await commitFile(held.order.worktree_path, 'hello.js', 'hello')
    await commitFile(held.order.worktree_path, '.scrum4me.yml', 'checks: []\n')
    expect((await verifyWork(host, held)).checks).toMatchObject([{ passed: false }])
    await expect(finishWork(host, worker, held, DONE)).rejects.toMatchObject({ code: 'CHECKS_FAILED' })
  })

  test('H57 proves the work also on a host where the job was resumed, whose record of the worktree is lost', async () => {
    const { api } = await person()
    const { machine, roots, host, worker } = await startProduct(api, { checks: ['false'] })
    const { order, hold } = await takeWork(host, worker)
    worker.close()
    await commitFile(order.worktree_path, 'hello.js', 'hello')
    await writeFiles(machine.dataDir, { [`equipment/${order.job_id}-1.json`]: 'nothing of ours' })
    const other = await makeHost(api, machine, { roots })
    const agent = makeAgent(other)
    agent.held = await resumeWork(other, agent, hold)
    expect((await verifyWork(other, agent.held)).checks).toMatchObject([{ passed: false }])
  })

  test('of the time of the claim cleans up, whoever does it and whatever the product says by then', async () => {
    const { api } = await person()
    const log = join(await makeFolder(), 'log')
    const kit = { cleanup: [`echo cleaned >> ${log}`] }
    const { product, machine, roots, host, worker } = await startProduct(api, kit)
    await takeWork(host, worker)
    worker.close()
    await api.products.setKit({ product_id: product.id, kit: { cleanup: [`echo otherwise >> ${log}`] } })
    await loseAllLeases({ db, server })
    expect(await sweepWorktrees(await makeHost(api, machine, { roots }))).toHaveLength(1)
    expect(await readFile(log, 'utf8')).toBe('cleaned\n')
  })
})

describe('where the repository has a .scrum4me.yml', () => {
  test('that counts key by key, and the product’s kit for the rest', async () => {
    const { api } = await person()
    const files = {
      '.gitignore': 'made*\n',
      '.scrum4me.yml': 'setup: echo repository > made\ntimeouts: { setup: 60 }\nports: 0\n',
    }
    const kit: Kit = {
      setup: ['exit 1'],
      checks: ['grep repository made', 'sleep 300'],
      timeouts: { checks: 1 },
      ports: 2,
    }
    const { host, worker } = await startProduct(api, kit, files)
    const held = await takeWork(host, worker)
    expect(held.order.worktree_env).not.toHaveProperty('PORT')
    await commitFile(held.order.worktree_path, 'hello.js', 'hello')
    expect((await verifyWork(host, held)).checks).toMatchObject([
      { command: 'grep repository made', passed: true },
      { passed: false, output: expect.stringContaining('did not end within 1 s') },
    ])
  })

  test('whose list is empty, none of the product’s commands are run', async () => {
    const { api } = await person()
    const { host, worker } = await startProduct(api, { checks: ['false'] }, { '.scrum4me.yml': 'checks: []\n' })
    const held = await takeWork(host, worker)
    await commitFile(held.order.worktree_path, 'hello.js', 'hello')
    expect((await verifyWork(host, held)).checks).toEqual([])
    expect((await finishWork(host, worker, held, DONE)).status).toBe('done')
  })
})

test('the product’s kit is not for a task of another repository', async () => {
  const { api } = await person()
  const { machine, product, stories } = await makeWorkplace(api, { queued: false })
  await api.products.setKit({ product_id: product.id, kit: { setup: ['exit 1'], checks: ['false'] } })
  const repo_url = pathToFileURL(await makeRemote(machine, 'other.git')).href
  const task = await api.backlog.createTask({ story_id: first(stories).id, title: 'Elsewhere', repo_url })
  await api.jobs.dispatch({ task_id: task.id })
  const host = await makeHost(api, machine)
  const held = await takeWork(host, makeAgent(host))
  await commitFile(held.order.worktree_path, 'hello.js', 'hello')
  expect((await verifyWork(host, held)).checks).toEqual([])
})
