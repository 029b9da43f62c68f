import { execa } from 'execa'
import { redactUrls } from '../../domain/repository-url.ts'
import { AppError } from '../../errors.ts'
import { guardGroup } from '../../process-group.ts'
import { commandEnvironment, type Environment } from './command-environment.ts'
import { OutputTail } from './output-tail.ts'

export interface CommandCall {
  /** A line of the repository's own, for a shell. */
  command: string
  cwd: string
  /** Given besides what the machine has. */
  env: Readonly<Record<string, string>>
  timeoutMs: number
  signal?: AbortSignal | undefined
}
export interface CommandResult {
  command: string
  passed: boolean
  seconds: number
  /** The end of what it printed, and why it was stopped if it was. */
  output: string
}
/** Runs a command to its end; one that fails is a result, an abort is ABORTED. */
export type RunCommand = (call: CommandCall) => Promise<CommandResult>

/**
 * Runs the line `$1`, and beside it what ends the group when our end of descriptor 3 is closed: `kill -9` of this process
 * gives nobody else the time to do it. The line gets a shell of its own, so that its `wait` knows nothing of that.
 */
const GUARDED = '{ cat <&3; kill -s KILL -- "-$$"; } >/dev/null 2>&1 & exec sh -c "$1" 3<&-'

/** How long the output of a command that has ended may stay open, held by something that it left behind. */
const DRAIN_MS = 500

/** The one way to a repository's own commands: in a scrubbed environment, and a process group that ends with them. */
export function createCommands({ env }: { env: Environment }): RunCommand {
  const base = commandEnvironment(env)
  return async call => {
    if (call.signal?.aborted) throw aborted(call)
    const began = performance.now()
    const { exitCode, why, output } = await runToEnd(call, base)
    if (why === 'aborted') throw aborted(call)
    const late = why === 'timeout' ? `\nIt did not end within ${call.timeoutMs / 1000} s and was stopped.` : ''
    return {
      command: call.command,
      passed: exitCode === 0 && why === undefined,
      seconds: Math.round((performance.now() - began) / 100) / 10,
      output: `${redactUrls(output)}${late}`.trim(),
    }
  }
}

async function runToEnd({ command, cwd, env, ...limits }: CommandCall, base: Record<string, string>) {
  const child = execa('sh', ['-c', GUARDED, 'sh', command], {
    cwd,
    env: { ...base, ...env },
    extendEnv: false,
    detached: true,
    reject: false,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    buffer: false,
  })
  const tail = new OutputTail([child.stdout, child.stderr])
  const guard = guardGroup(child.pid, limits)
  let drain: NodeJS.Timeout | undefined
  // What the command left behind goes with it, and what left its group must not keep us waiting.
  child.once('exit', () => {
    guard.end()
    drain = setTimeout(() => tail.close(), DRAIN_MS)
  })
  const { exitCode, originalMessage } = await child
  clearTimeout(drain)
  guard.end()
  const notStarted = child.pid === undefined ? (originalMessage ?? '') : ''
  return { exitCode, why: guard.reason(), output: tail.text() || notStarted }
}

function aborted({ command, signal }: CommandCall): AppError {
  return new AppError('ABORTED', `\`${command}\` was stopped, because the caller went away.`, { cause: signal?.reason })
}
