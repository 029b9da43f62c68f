import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createGit, type Git } from '../../host/git/git.ts'
import type { Terminal } from '../terminal.ts'

/** A throw-away place for the demo: its own home, data folder and bare remote. */
export interface Stage {
  folder: string
  remote: string
  remoteUrl: string
  git: Git
  /** This terminal, seeing nothing but the stage. */
  terminal: Terminal
}

const GREETING = `export function greet(name) {\n  return 'Hello, ' + name\n}\n`

/** Makes the place, with a small real repository that has one commit on its default branch. */
export async function setStage(terminal: Terminal): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'scrum4me-demo-'))
  // As root, PostgreSQL's own account must be able to pass, or the cluster would lie elsewhere and outlive the folder.
  await chmod(folder, 0o711)
  const homeDir = join(folder, 'home')
  const env = stageEnvironment(terminal.env, folder, homeDir)
  await mkdir(homeDir, { recursive: true })
  const git = createGit({ env })
  const remote = join(folder, 'remote', 'greeter.git')
  await makeRemote(git, folder, remote)
  return { folder, remote, remoteUrl: pathToFileURL(remote).href, git, terminal: { ...terminal, env, homeDir } }
}

function stageEnvironment(env: Terminal['env'], folder: string, homeDir: string): Terminal['env'] {
  const { DATABASE_URL: _database, SCRUM4ME_TOKEN: _token, SCRUM4ME_URL: _url, SCRUM4ME_HOST: _host, ...rest } = env
  return {
    ...rest,
    HOME: homeDir,
    SCRUM4ME_PORT: '0',
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_DATA_HOME: join(folder, 'data'),
    SCRUM4ME_DATA_DIR: join(folder, 'data', 'scrum4me'),
    SCRUM4ME_AGENT_WORKTREE_DIR: join(folder, 'worktrees'),
  }
}

async function makeRemote(git: Git, folder: string, remote: string): Promise<void> {
  const seed = join(folder, 'seed')
  const identity = ['-c', 'user.name=Demo', '-c', 'user.email=demo@localhost']
  await git.run(folder, ['init', '--quiet', '--bare', '--initial-branch=main', '--', remote])
  await git.run(folder, ['init', '--quiet', '--initial-branch=main', '--', seed])
  await writeFile(join(seed, 'greet.js'), GREETING)
  await git.run(seed, ['add', '--all'])
  await git.run(seed, [...identity, 'commit', '--quiet', '-m', 'A greeting'])
  await git.run(seed, ['push', '--quiet', '--', remote, 'main'])
}
