import type { Readable } from 'node:stream'
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
    // execa would put all of the output, escaped, into the error of a git that failed.
    buffer: false,
    ...(call.input === undefined
      ? { stdin: 'ignore' }
      : { input: Buffer.from(call.input, call.bytes ? 'latin1' : 'utf8') }),
  })
  const flood = new AbortController()
  const out = collect(child.stdout, call, flood)
  const err = collect(child.stderr, call, flood)
  const signal = call.signal ? AbortSignal.any([call.signal, flood.signal]) : flood.signal
  const guard = guardGroup(child.pid, { ...call, signal })
  try {
    const result = await child
    if (flood.signal.aborted)
      throw new GitFailure('output', call.name, `it printed more than ${call.maxOutputBytes} bytes`)
    if (guard.reason() === 'aborted') throw aborted(call)
    const [stdout, stderr] = [out(), err()]
    if (guard.reason() === 'timeout') throw tooLong(call, stderr)
    const { exitCode } = result
    if (exitCode === undefined) throw new GitFailure('start', call.name, result.originalMessage ?? '')
    if (call.okExitCodes.includes(exitCode)) return { stdout, stderr, exitCode }
    throw new GitFailure('exit', call.name, stderr || stdout)
  } finally {
    guard.end()
  }
}

/** Keeps what a stream brings until it is more than the limit; the result is its text so far. */
function collect(stream: Readable, { maxOutputBytes, bytes }: GitCall, flood: AbortController): () => string {
  let chunks: Buffer[] = []
  let size = 0
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= maxOutputBytes) chunks.push(chunk)
    else if (!flood.signal.aborted) {
      chunks = []
      flood.abort()
    }
  })
  return () => Buffer.concat(chunks).toString(bytes ? 'latin1' : 'utf8')
}

function tooLong(call: GitCall, stderr: string): GitFailure {
  return new GitFailure('timeout', call.name, `${stderr}\nit did not end within ${call.timeoutMs / 1000} s`)
}

function aborted(call: GitCall): AppError {
  return new AppError('ABORTED', `${call.name} was stopped, because the caller went away.`, {
    cause: call.signal?.reason,
  })
}
