import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Worker } from '../../src/host/flows/worker.ts'
import { readPulse } from '../../src/host/git/read-pulse.ts'
import { afterAnswer, makeAgent, makeHost, makeWorkplace, takeWork } from '../support/host.ts'
import { sh } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { person } = await openTestServer()

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

test.each([
  ['over stdio', {}],
  ['over HTTP', { silent_seconds: 1_800 }],
])(
  'an agent %s that calls, changes a file or commits gives a sign of work; one that does nothing gives none',
  async (_how, silence) => {
    const { api } = await person()
    const { machine } = await makeWorkplace(api)
    let signs = 0
    const counting = afterAnswer(api, 'recordActivity', () => {
      signs += 1
    })
    const host = await makeHost(counting, machine)
    const worker = 'silent_seconds' in silence ? new Worker(host, 'agent', silence) : makeAgent(host)
    const { order } = await takeWork(host, worker)
    const { worktree_path: path } = order
    const looks = watchLooks(host)
    await looks.next()
    signs = 0
    await looks.next()
    expect(signs).toBe(0)
    await writeFile(join(path, 'draft.txt'), 'one')
    await looks.next()
    await vi.waitUntil(() => signs === 1)
    await looks.next()
    expect(signs).toBe(1)
    await writeFile(join(path, 'draft.txt'), 'other')
    await looks.next()
    await vi.waitUntil(() => signs === 2)
    await sh(path, 'add', '-A')
    await sh(path, 'commit', '-qm', 'A draft')
    await looks.next()
    await vi.waitUntil(() => signs === 3)
    worker.touch()
    vi.advanceTimersByTime(60_000)
    await vi.waitUntil(() => signs === 4)
    worker.close()
    expect(vi.getTimerCount()).toBe(0)
  },
)

test('H41 a look takes no lock of git, and a file that goes away meanwhile is a change like others', async () => {
  const { api } = await person()
  const { machine } = await makeWorkplace(api)
  const host = await makeHost(api, machine)
  const { order } = await takeWork(host, makeAgent(host))
  const gitDir = await sh(order.worktree_path, 'rev-parse', '--absolute-git-dir')
  await writeFile(join(gitDir, 'index.lock'), '')
  const clean = await readPulse(host.git, order.worktree_path)
  expect(await readPulse(host.git, order.worktree_path)).toBe(clean)
  await sh(order.worktree_path, 'ls-files').then(files =>
    writeFile(join(order.worktree_path, files.split('\n')[0] ?? ''), 'x'),
  )
  expect(await readPulse(host.git, order.worktree_path)).not.toBe(clean)
})

/** Lets a minute pass and waits for the look at the worktree that comes with it. */
function watchLooks(host: Awaited<ReturnType<typeof makeHost>>) {
  const { run } = host.git
  let looks = 0
  host.git.run = async (...args) => {
    const result = await run(...args)
    if (args[1].includes('status')) looks += 1
    return result
  }
  return {
    next: async () => {
      const before = looks
      vi.advanceTimersByTime(60_000)
      await vi.waitUntil(() => looks > before)
    },
  }
}
