import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { onTestFinished } from 'vitest'
import { createGit, type Git, type GitOptions } from '../../src/host/git/git.ts'
import { findRepositoryRoot, type RootSettings, type WantedRepository } from '../../src/host/git/repository-root.ts'
import { type OpenedWorktree, openWorktree, type WorktreeWish } from '../../src/host/git/worktree.ts'
import { worktreePath } from '../../src/host/git/worktree-path.ts'

/** A machine of its own: a home, folders for worktrees and data, and a git for them. */
export interface Machine {
  dir: string
  home: string
  dataDir: string
  worktreesDir: string
  env: Record<string, string>
  git: Git
  /** A git with other limits or settings, on the same machine. */
  gitWith(options: Partial<GitOptions>): Git
}

/** Makes a machine that is deleted when the test is over. */
export async function makeMachine(gitConfig = USUAL_CONFIG): Promise<Machine> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'scrum4me-git-')))
  onTestFinished(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }))
  const home = join(dir, 'home')
  await mkdir(home)
  if (gitConfig !== '') await writeFile(join(home, '.gitconfig'), gitConfig)
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    GIT_CONFIG_NOSYSTEM: '1',
    XDG_CONFIG_HOME: join(home, 'none'),
  }
  return {
    dir,
    home,
    dataDir: join(dir, 'data'),
    worktreesDir: join(dir, 'worktrees'),
    env,
    git: createGit({ env }),
    gitWith: options => createGit({ env, ...options }),
  }
}

/** Git as a person or an agent would call it, with an identity; answers with what it prints. */
export async function sh(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await execa('git', args, { cwd, extendEnv: false, env: PERSON, stdin: 'ignore' })
  return stdout
}

/** A bare repository with a first commit on its default branch. */
export async function makeRemote(
  machine: Pick<Machine, 'dir'>,
  name = 'remote.git',
  defaultBranch = 'main',
): Promise<string> {
  const path = join(machine.dir, name)
  await sh(machine.dir, 'init', '--quiet', '--bare', `--initial-branch=${defaultBranch}`, path)
  await importCommit(path, defaultBranch, null, 'README.md', `# ${name}\n`)
  return path
}

/** A clone that a person made. */
export async function makeClone(machine: Machine, remote: string, name = 'clone'): Promise<string> {
  const path = join(machine.dir, name)
  await mkdir(dirname(path), { recursive: true })
  await sh(machine.dir, 'clone', '--quiet', '--', remote, path)
  return path
}

/** A machine with a clone of a remote. */
export async function makeStage(defaultBranch = 'main', gitConfig = USUAL_CONFIG) {
  const machine = await makeMachine(gitConfig)
  const remote = await makeRemote(machine, 'remote.git', defaultBranch)
  return { machine, remote, root: await makeClone(machine, remote) }
}

/** A repository whose origin says `url`, which nobody asks. */
export async function makeCloneOf(machine: Machine, url: string, name: string): Promise<string> {
  const path = join(machine.dir, name)
  await sh(machine.dir, 'init', '--quiet', path)
  await sh(path, 'remote', 'add', 'origin', url)
  return path
}

/** Finds the root for product `prod_1` on a machine where nothing is configured but what is given. */
export function findRoot(machine: Machine, wanted: Partial<WantedRepository>, settings: Partial<RootSettings> = {}) {
  const usual = { env: {}, repoRoots: {}, allowOrigin: {}, homeDir: machine.home, dataDir: machine.dataDir }
  const nothing = { productId: 'prod_1', productRepoUrl: null, taskRepoUrl: null }
  return findRepositoryRoot(machine.git, { ...usual, ...settings }, { ...nothing, ...wanted })
}

/** Commits one file and returns the commit's id. */
export async function commitFile(
  path: string,
  name: string,
  content: string,
  message = `Write ${name}`,
): Promise<string> {
  await writeFiles(path, { [name]: content })
  await sh(path, 'add', '--', name)
  await sh(path, 'commit', '--quiet', '--message', message)
  return headOf(path)
}

/** Commits a file on a branch of the remote (a new one starts at its HEAD), as somebody on another machine would. */
export async function commitElsewhere(
  remote: string,
  branch: string,
  name: string,
  text = `${name} of somebody else\n`,
): Promise<string> {
  const known = await refsBelow(remote, `refs/heads/${branch}`)
  const parent = known[`refs/heads/${branch}`] ?? (await headOf(remote))
  await importCommit(remote, branch, parent, name, text)
  return headOf(remote, `refs/heads/${branch}`)
}

export async function writeFiles(path: string, files: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true })
    await writeFile(join(path, name), content)
  }
}

export function headOf(path: string, ref = 'HEAD'): Promise<string> {
  return sh(path, 'rev-parse', '--verify', ref)
}

/** The commits by ref name; of a whole namespace. */
export async function refsBelow(path: string, namespace: string): Promise<Record<string, string>> {
  const lines = (await sh(path, 'for-each-ref', '--format=%(refname) %(objectname)', namespace)).split('\n')
  return Object.fromEntries(lines.filter(Boolean).map(line => line.split(' ')))
}

/** The files of a commit. */
export async function filesOf(path: string, ref: string): Promise<string[]> {
  return (await sh(path, 'ls-tree', '-r', '-z', '--name-only', ref)).split('\0').filter(Boolean)
}

/** Opens the worktree of a claim as the host does; `wish` says what differs from a first claim. */
export async function openFor(
  machine: Machine,
  root: string,
  wish: Partial<WorktreeWish> = {},
  git: Git = machine.git,
  signal?: AbortSignal,
): Promise<OpenedWorktree> {
  const { jobId = 'job_1', claimNo = 1 } = wish
  const path = await worktreePath(machine.worktreesDir, jobId, claimNo)
  const usual = { root, path, branch: 'feat/story-abcd1234', baseSha: null, worktreesDir: machine.worktreesDir }
  return openWorktree(git, { ...usual, jobId, claimNo, ...wish }, signal)
}

async function importCommit(
  bare: string,
  branch: string,
  parent: string | null,
  name: string,
  text: string,
): Promise<void> {
  const lines = [
    `commit refs/heads/${branch}`,
    'committer A Person <person@example.com> 1700000000 +0000',
    `data ${Buffer.byteLength(name)}\n${name}`,
    ...(parent === null ? [] : [`from ${parent}`]),
    `M 644 inline ${name}`,
    `data ${Buffer.byteLength(text)}\n${text}`,
  ]
  await execa('git', ['fast-import', '--quiet'], {
    cwd: bare,
    extendEnv: false,
    env: PERSON,
    input: `${lines.join('\n')}\n`,
  })
}

/** Of a person: a name, and no housekeeping. */
export const USUAL_CONFIG = `[user]
  name = A Person
  email = person@example.com
[receive]
  autogc = false
`

const PERSON = {
  PATH: process.env.PATH ?? '',
  HOME: '/nowhere',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TEMPLATE_DIR: '', // no samples of hooks
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'maintenance.auto',
  GIT_CONFIG_VALUE_0: 'false',
  GIT_AUTHOR_NAME: 'A Person',
  GIT_AUTHOR_EMAIL: 'person@example.com',
  GIT_COMMITTER_NAME: 'A Person',
  GIT_COMMITTER_EMAIL: 'person@example.com',
}
