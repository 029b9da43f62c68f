import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

/** A machine, which is a data folder, with its folder for worktrees and the environment of its processes. */
export interface SoakMachine {
  name: string
  dir: string
  dataDir: string
  worktreesDir: string
  env: Record<string, string>
}

/** Names our processes, and whatever they start, so that they can be found when all should be over. */
const MARKER = 'SCRUM4ME_SOAK'

/** Makes a machine below a folder, which nothing of this user's own configuration reaches. */
export async function makeSoakMachine(
  folder: string,
  name: string,
  variables: Record<string, string>,
): Promise<SoakMachine> {
  const dir = join(folder, name)
  const [home, dataDir, worktreesDir] = [join(dir, 'home'), join(dir, 'data'), join(dir, 'worktrees')]
  await mkdir(home, { recursive: true })
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    GIT_CONFIG_NOSYSTEM: '1',
    XDG_CONFIG_HOME: join(dir, 'config'),
    SCRUM4ME_DATA_DIR: dataDir,
    SCRUM4ME_AGENT_WORKTREE_DIR: worktreesDir,
    SCRUM4ME_MIN_FREE_DISK: '0',
    SCRUM4ME_LOG_LEVEL: 'info',
    [MARKER]: folder,
    ...variables,
  }
  return { name, dir, dataDir, worktreesDir, env }
}
