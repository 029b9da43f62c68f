import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa, execaSync } from 'execa'
import { onTestFinished } from 'vitest'
import { type Machine, makeMachine } from './repositories.ts'
import { type Outcome, runHere } from './run-here.ts'

const BUILD = new URL('../../scripts/build.mjs', import.meta.url).href
/** The command line as users run it. */
export const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/** Scrum4Me as one user of a machine has it: a home, configuration, data and worktrees of its own. */
export interface Installation {
  machine: Machine
  env: Record<string, string>
  configFile: string
  /** Runs a command to its end; in this process, where that makes no difference. */
  run(...args: string[]): Promise<Outcome>
  /** Starts a command; the test's end kills it. */
  start(...args: string[]): Command
  /** The same commands in another folder than the machine's. */
  at(folder: string): Pick<Installation, 'run' | 'start'>
}
/** Commands that are watched, killed, or look at the folder that they are called in. */
const LONG_LIVED = ['up', 'mcp', 'demo', 'do']

export type Command = ReturnType<typeof startCommand>

/** An installation whose configuration file says what is given, and which is gone when the test is over. */
export async function makeInstallation(
  config: { url?: string; token?: string; personToken?: string } | null,
  variables: Record<string, string> = {},
): Promise<Installation> {
  await ensureBuilt()
  const machine = await makeMachine('')
  // As root, PostgreSQL's own account must be able to pass, or its cluster would lie elsewhere.
  await chmod(machine.dir, 0o711)
  const configDir = join(machine.dir, 'config')
  const configFile = join(configDir, 'scrum4me', 'config.json')
  const env = {
    ...machine.env,
    XDG_CONFIG_HOME: configDir,
    SCRUM4ME_PORT: '0',
    SCRUM4ME_DATA_DIR: machine.dataDir,
    SCRUM4ME_AGENT_WORKTREE_DIR: machine.worktreesDir,
    ...variables,
  }
  await mkdir(join(configDir, 'scrum4me'), { recursive: true })
  if (config) await writeFile(configFile, JSON.stringify(config), { mode: 0o600 })
  const at = (folder: string) => {
    const start = (...args: string[]) => startCommand(folder, env, args)
    return { start, run: (...args: string[]) => runToEnd(start(...args)) }
  }
  const { start } = at(machine.dir)
  const here = { env, homeDir: machine.home, self: [process.execPath, MAIN] }
  const run = (...args: string[]) =>
    LONG_LIVED.includes(args[0] ?? '') ? runToEnd(start(...args)) : runHere(here, args)
  return { machine, env, configFile, at, start, run }
}

function startCommand(cwd: string, env: Record<string, string>, args: string[]) {
  const command = execa(process.execPath, [MAIN, ...args], { cwd, env, extendEnv: false, reject: false })
  onTestFinished(() => void command.kill('SIGKILL'))
  return command
}

async function runToEnd(command: Command): Promise<Outcome> {
  command.stdin.end()
  const { exitCode, stdout, stderr } = await command
  return { exitCode: exitCode ?? -1, stdout, stderr }
}

let built: Promise<unknown> | undefined

/** Builds dist/ if it is not of the sources as they are now. */
export async function ensureBuilt(): Promise<void> {
  const script = `const { build, isBuilt } = await import('${BUILD}'); if (!isBuilt()) await build({})`
  built ??= execa(process.execPath, ['--input-type=module', '--eval', script])
  await built
}

/** Whether a process is at work; one that has ended may stand in the list until its parent has noticed. */
export function lives(pid: number): boolean {
  const { stdout } = execaSync('ps', ['-o', 'stat=', '-p', String(pid)], { reject: false })
  return stdout.trim() !== '' && !stdout.startsWith('Z')
}
