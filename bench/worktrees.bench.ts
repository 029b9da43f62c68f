import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, test } from 'vitest'
import { createGit } from '../src/host/git/git.ts'
import { openWorktree } from '../src/host/git/worktree.ts'
import { worktreePath } from '../src/host/git/worktree-path.ts'
import { inTurn, ratio, record } from './support/record.ts'

const SMALL = 20
const LARGE = 50_000

const dir = await mkdtemp(join(tmpdir(), 's4m-bench-git-'))
afterAll(() => rm(dir, { recursive: true, force: true }))
const env = { PATH: process.env.PATH ?? '', HOME: dir, GIT_CONFIG_NOSYSTEM: '1' }
// A machine where people commit has an identity; without one a worktree is given its own, which takes a few more calls.
await writeFile(join(dir, '.gitconfig'), '[user]\n\tname = A Person\n\temail = person@example.com\n')
const git = createGit({ env })
const worktreesDir = join(dir, 'worktrees')
const sh = (cwd: string, ...args: string[]) => execa('git', args, { cwd, env, extendEnv: false })

test('a worktree for a claim', async () => {
  const rows: (string | number)[][] = []
  for (const [files, rounds] of [
    [SMALL, 21],
    [LARGE, 3],
  ] as const) {
    const root = await makeRepository(files)
    const { ours, baseline } = await inTurn(
      rounds,
      () => timed(() => openOurs(root)),
      () => timed(() => openPlain(root)),
    )
    const more = `+${(ours - baseline).toFixed(0)} ms`
    rows.push([files.toLocaleString('en'), ours.toFixed(0), baseline.toFixed(0), ratio(ours, baseline), more])
  }
  const root = join(dir, `clone-${SMALL}`)
  const together = await inTurn(
    3,
    () => timed(() => Promise.all(ten(root))),
    () => timed(() => inARow(root)),
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
      'Ours asks origin for the branch, saves what is in its way, adds and locks the worktree and looks whether it is there, beside a plain `git worktree add`; then ten of one repository at once beside ten in a row. Targets: 30 ms more on a small repository, 1.15 × on 50,000 files, and ten at once no slower than in a row.',
    head: ['files', 'ours', 'git worktree add', 'ratio', 'difference'],
    rows,
  })
})

let made = 0

async function openOurs(root: string): Promise<void> {
  made += 1
  const branch = `feat/story-${made}`
  const [jobId, claimNo] = [`job_${made}`, 1]
  const path = await worktreePath(worktreesDir, jobId, claimNo)
  await openWorktree(git, { root, path, branch, jobId, claimNo, baseSha: null, worktreesDir })
}

async function openPlain(root: string): Promise<void> {
  made += 1
  await sh(root, 'worktree', 'add', '--quiet', '-b', `plain-${made}`, join(dir, 'plain', String(made)), 'origin/main')
}

function ten(root: string): Promise<void>[] {
  return Array.from({ length: 10 }, () => openOurs(root))
}

async function inARow(root: string): Promise<void> {
  for (let n = 0; n < 10; n++) await openOurs(root)
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
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
