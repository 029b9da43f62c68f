import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { finishWork } from '../../src/host/flows/finish-work.ts'
import { verifyWork } from '../../src/host/flows/verify-work.ts'
import { isThere } from '../../src/host/git/worktree-path.ts'
import { makeBacklog } from '../support/backlog.ts'
import { DONE, makeAgent, makeHost, takeWork, worktreesOf } from '../support/host.ts'
import { commitFile, headOf, makeMachine, makeRemote } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { person } = await openTestServer()

test('H39 a whole job is done where every folder, the repository and the title have spaces, quotes, $(…), + and Unicode', async () => {
  const { api } = await person()
  const plain = await makeMachine()
  const odd = (name: string) => join(plain.dir, `${name} it's "1+1" $(touch harm) \`touch harm\` -- Läden ☃`)
  const home = odd('home')
  await mkdir(home)
  const machine = {
    ...plain,
    home,
    dataDir: odd('data'),
    worktreesDir: odd('worktrees'),
    env: { ...plain.env, HOME: home },
  }
  const remote = await makeRemote(machine, `${odd('remote').slice(plain.dir.length + 1)}.git`)
  const { stories } = await makeBacklog(api, { repoUrl: pathToFileURL(remote).href })
  const task = await api.backlog.createTask({
    story_id: stories[0]?.id ?? '',
    title: 'Say "hello" to $(touch harm), `touch harm`; it\'s 1+1 -- ☃',
    implementation_plan: 'Change `hello.js`.',
  })
  await api.jobs.dispatch({ task_id: task.id })
  const host = await makeHost(api, machine)
  const worker = makeAgent(host)
  const held = await takeWork(host, worker)
  expect(held.order.worktree_path).toContain(machine.worktreesDir)
  const head = await commitFile(held.order.worktree_path, 'hello.js', 'hello')
  expect(await verifyWork(host, held)).toMatchObject({ result: 'aligned' })
  expect(await finishWork(host, worker, held, DONE)).toMatchObject({ status: 'done', head_sha: head })
  expect(await headOf(remote, held.order.branch_name)).toBe(head)
  expect(await worktreesOf(machine)).toEqual([])
  for (const folder of [plain.dir, home, process.cwd()]) expect(await readdir(folder)).not.toContain('harm')
  expect(await isThere(join(machine.dataDir, 'repos'))).toBe(true)
})
