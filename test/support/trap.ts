import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import type { Machine } from './repositories.ts'
import { sh, writeFiles } from './repositories.ts'

/** A shell command that kills, the first time that it is run, the process that was named to it. */
export interface Trap {
  command: string
  /** Names the process. */
  setFor(pid: number): Promise<void>
}

/** Makes a trap on a machine, for git and for the commands of repositories to run into. */
export async function makeTrap({ dir }: Machine): Promise<Trap> {
  const victim = join(dir, 'victim')
  const script = `#!/bin/sh\nmv '${victim}' '${victim}.gone' 2>/dev/null && kill -9 "$(cat '${victim}.gone')"\nexit 0\n`
  await writeFiles(dir, { 'trap.sh': script })
  return {
    command: `sh '${join(dir, 'trap.sh')}'`,
    setFor: pid => writeFiles(dir, { victim: `${pid}` }),
  }
}

/** Lets a repository, whose git folder is given, run a script as one of its hooks. */
export async function setHook(gitDir: string, name: string, script: string): Promise<void> {
  await writeFiles(gitDir, { [`hooks/${name}`]: `#!/bin/sh\n${script}\n` })
  await chmod(join(gitDir, 'hooks', name), 0o755)
}

/** Lets every git of a machine's user know a setting. */
export async function configureGit({ home }: Machine, key: string, value: string): Promise<void> {
  await sh(home, 'config', '--file', join(home, '.gitconfig'), key, value)
}
