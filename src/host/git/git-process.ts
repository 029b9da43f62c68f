import { execa } from 'execa'
import { AppError } from '../../errors.ts'
import { guardGroup } from '../../process-group.ts'
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
  const guard = guardGroup(child.pid, call)
  try {
    const result = await child
    if (guard.reason() === 'aborted') throw aborted(call)
    if (guard.reason() === 'timeout') throw tooLong(call, result.stderr)
    if (result.isMaxBuffer)
      throw new GitFailure('output', call.name, `it printed more than ${call.maxOutputBytes} bytes`)
    if (result.exitCode === undefined) throw new GitFailure('start', call.name, result.originalMessage ?? '')
    const { stdout, stderr, exitCode } = result
    if (call.okExitCodes.includes(exitCode)) return { stdout, stderr, exitCode }
    throw new GitFailure('exit', call.name, stderr || stdout)
  } finally {
    guard.end()
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
