import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, test } from 'vitest'
import { z } from 'zod'
import { ensureBuilt } from '../test/support/installation.ts'
import { inTurn, ratio, record } from './support/record.ts'

const SMALL = 20
const LARGE = 50_000

const dir = await mkdtemp(join(tmpdir(), 's4m-bench-git-'))
const env = { PATH: process.env.PATH ?? '', HOME: dir, GIT_CONFIG_NOSYSTEM: '1' }
// A machine where people commit has an identity; without one a worktree is given its own, which takes a few more calls.
await writeFile(join(dir, '.gitconfig'), '[user]\n\tname = A Person\n\temail = person@example.com\n')
const worktreesDir = join(dir, 'worktrees')
const sh = (cwd: string, ...args: string[]) => execa('git', args, { cwd, env, extendEnv: false })

await ensureBuilt()
const host = fork(new URL('./support/host-process.mjs', import.meta.url), { env, execArgv: [] })
afterAll(async () => {
  host.kill()
  await rm(dir, { recursive: true, force: true })
})

test('a worktree for a claim', async () => {
  const rows: (string | number)[][] = []
  for (const [files, rounds] of [
    [SMALL, 21],
    [LARGE, 7],
  ] as const) {
    const root = await makeRepository(files)
    const { ours, baseline } = await inTurn(
      rounds,
      () => open('ours', root),
      () => open('plain', root),
    )
    const more = `+${(ours - baseline).toFixed(0)} ms`
    rows.push([files.toLocaleString('en'), ours.toFixed(0), baseline.toFixed(0), ratio(ours, baseline), more])
  }
  const root = join(dir, `clone-${SMALL}`)
  const together = await inTurn(
    3,
    () => open('ours', root, { count: 10, atOnce: true }),
    () => open('ours', root, { count: 10 }),
  )
  rows.push([
    'ten at once, ten in a row',
    together.ours.toFixed(0),
    together.baseline.toFixed(0),
    ratio(together.ours, together.baseline),
    '',
  ])
  await record({
    name: '6-worktrees',
    title: 'From claim to worktree, ms',
    about:
      'Ours asks origin for the branch, saves what is in its way, adds and locks the worktree and looks whether it is there, beside a plain `git worktree add`, both from a process of a host’s size; then ten of one repository at once beside ten in a row. Targets: 30 ms more on a small repository, 1.15 × on 50,000 files, and ten at once no slower than in a row. What large ones take is mostly the disk’s, and varies from run to run by more than the difference.',
    head: ['files', 'ours', 'git worktree add', 'ratio', 'difference'],
    rows,
  })
})

const Answer = z.object({ ms: z.number() })
let made = 0

/** How long the host's process takes for so many worktrees of a clone, in ms. */
async function open(way: 'ours' | 'plain', root: string, { count = 1, atOnce = false } = {}): Promise<number> {
  const orders = Array.from({ length: count }, () => {
    made += 1
    return { root, worktreesDir, n: made }
  })
  host.send({ way, orders, atOnce })
  const [answer] = await once(host, 'message')
  return Answer.parse(answer).ms
}

/** A clone of a bare repository with so many small files in one commit. */
async function makeRepository(files: number): Promise<string> {
  const [bare, root, script] = [`remote-${files}.git`, `clone-${files}`, `files-${files}`].map(name =>
    join(dir, name),
  ) as [string, string, string]
  await sh(dir, 'init', '--quiet', '--bare', '--initial-branch=main', bare)
  const blobs = Array.from(
    { length: files },
    (_, n) => `M 644 inline src/${n % 500}/file-${n}.txt\ndata 200\n${String(n).padStart(200)}\n`,
  )
  const head = 'commit refs/heads/main\ncommitter A Person <person@example.com> 1700000000 +0000\ndata 3\nall\n'
  await writeFile(script, head + blobs.join(''))
  await execa('git', ['fast-import', '--quiet'], { cwd: bare, env, extendEnv: false, inputFile: script })
  await sh(dir, 'clone', '--quiet', '--', bare, root)
  return root
}
