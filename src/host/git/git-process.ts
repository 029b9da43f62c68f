import { execa } from 'execa'
import { AppError } from '../../errors.ts'
import { GitFailure } from './git-failure.ts'

export interface GitCall {
  cwd: string
  args: readonly string[]
  env: Record<string, string>
  input?: string | undefined
  /** Input and output stand for bytes, one character each: file names need not be UTF-8. */
  bytes: boolean
  timeoutMs: number
  maxOutputBytes: number
  okExitCodes: readonly number[]
  signal?: AbortSignal | undefined
  /** How the call is named in an error. */
  name: string
}
export interface GitResult {
  stdout: string
  stderr: string
  exitCode: number
}

/** How long a stopped git has for taking away its lock files before it is killed. */
const GRACE_MS = 700

/** Runs one git in a process group of its own, which is gone when this returns, however it ends. */
export async function runProcess(call: GitCall): Promise<GitResult> {
  if (call.signal?.aborted) throw aborted(call)
  const child = execa('git', call.args, {
    cwd: call.cwd,
    env: call.env,
    extendEnv: false,
    detached: true,
    reject: false,
    stripFinalNewline: false,
    maxBuffer: call.maxOutputBytes,
    encoding: call.bytes ? 'latin1' : 'utf8',
    ...(call.input === undefined
      ? { stdin: 'ignore' }
      : { input: Buffer.from(call.input, call.bytes ? 'latin1' : 'utf8') }),
  })
  const stopper = stopWhenNeeded(call, child.pid)
  try {
    const result = await child
    if (stopper.reason() === 'aborted') throw aborted(call)
    if (stopper.reason() === 'timeout') throw tooLong(call, result.stderr)
    if (result.isMaxBuffer)
      throw new GitFailure('output', call.name, `it printed more than ${call.maxOutputBytes} bytes`)
    if (result.exitCode === undefined)
      throw new GitFailure('start', call.name, result.originalMessage ?? '', result.cause)
    const { stdout, stderr, exitCode } = result
    if (call.okExitCodes.includes(exitCode)) return { stdout, stderr, exitCode }
    throw new GitFailure('exit', call.name, stderr || stdout)
  } finally {
    stopper.end()
  }
}

type StopReason = 'timeout' | 'aborted'

function stopWhenNeeded(call: GitCall, pid: number | undefined) {
  let reason: StopReason | undefined
  let killer: NodeJS.Timeout | undefined
  const stop = (why: StopReason) => {
    reason ??= why
    signalGroup(pid, 'SIGTERM')
    killer ??= setTimeout(() => signalGroup(pid, 'SIGKILL'), GRACE_MS)
  }
  const onAbort = () => stop('aborted')
  const onExit = () => signalGroup(pid, 'SIGTERM')
  const timer = setTimeout(() => stop('timeout'), call.timeoutMs)
  call.signal?.addEventListener('abort', onAbort, { once: true })
  running.add(onExit)
  return {
    reason: () => reason,
    end: () => {
      clearTimeout(timer)
      clearTimeout(killer)
      call.signal?.removeEventListener('abort', onAbort)
      running.delete(onExit)
      signalGroup(pid, 'SIGKILL')
    },
  }
}

/** A group outlives its parent: the gits of a process that ends are ended by one listener for all of them. */
const running = new Set<() => void>()
process.on('exit', () => {
  for (const end of running) end()
})

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && (cause.code === 'ESRCH' || cause.code === 'EPERM'))) throw cause
  }
}

function tooLong(call: GitCall, stderr: string): GitFailure {
  return new GitFailure('timeout', call.name, `${stderr}\nit did not end within ${call.timeoutMs / 1000} s`)
}

function aborted(call: GitCall): AppError {
  return new AppError('ABORTED', `${call.name} was stopped, because the caller went away.`, {
    cause: call.signal?.reason,
  })
}
