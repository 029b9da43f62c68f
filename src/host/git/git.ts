import pLimit, { type LimitFunction } from 'p-limit'
import pRetry from 'p-retry'
import { AppError } from '../../errors.ts'
import { ALWAYS_CONFIGURED, type Environment, gitEnvironment } from './git-environment.ts'
import { type GitFailure, isLockConflict } from './git-failure.ts'
import { type GitResult, runProcess } from './git-process.ts'

export interface GitOptions {
  env: Environment
  /** The time limit of a short command; a long one (clone, fetch, checkout) has ten times that. */
  timeoutMs?: number
  maxOutputBytes?: number
  /** Mends what a killed git left in the way of one that says so, if it can; false when it has not. */
  heal?: (conflict: { cwd: string; common: string; failure: GitFailure }) => Promise<boolean>
}
export interface GitRunOptions {
  signal?: AbortSignal | undefined
  timeoutMs?: number | undefined
  /** Instead of the usual one. */
  maxOutputBytes?: number | undefined
  /** A command that moves as much as the repository is big. */
  long?: boolean
  env?: Record<string, string>
  input?: string | undefined
  /** Input and output stand for bytes, one character each (latin1): file names need not be UTF-8. */
  bytes?: boolean
  okExitCodes?: readonly number[]
}
export interface Git {
  /**
   * Runs git in `cwd`, without a shell, a prompt or a hook. An exit code outside `okExitCodes` (default `[0]`) is a
   * GitFailure (GIT_FAILED), an abort is ABORTED. Locks that another git holds for a moment are waited for; those that a
   * killed one left are removed.
   */
  run(cwd: string, args: readonly string[], options?: GitRunOptions): Promise<GitResult>
  /** Runs `work` when no other `work` of this process is under way for `root`; an abort ends the wait. */
  alone<T>(root: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T>
}

/** The most that a string can hold: for lists that are as long as a worktree has files, and must not be cut off. */
export const WHOLE_LIST_BYTES = 400_000_000

/** The one way to git: with the given environment, time limit and output limit. */
export function createGit({ env, timeoutMs = 60_000, maxOutputBytes = 20_000_000, heal }: GitOptions): Git {
  const base = gitEnvironment(env)
  const call = (cwd: string, args: readonly string[], options: GitRunOptions) =>
    runProcess({
      cwd,
      args: [...ALWAYS_CONFIGURED, ...args],
      env: { ...base, ...options.env },
      input: options.input,
      bytes: options.bytes ?? false,
      timeoutMs: options.timeoutMs ?? timeoutMs * (options.long ? LONG : 1),
      maxOutputBytes: options.maxOutputBytes ?? maxOutputBytes,
      okExitCodes: options.okExitCodes ?? [0],
      signal: options.signal,
      name: `git ${args[0]} in ${cwd}`,
    })
  return {
    run: async (cwd, args, options = {}) => {
      const command = args[0] ?? ''
      const attempt = () => repeatWhileLocked(command, () => call(cwd, args, options))
      return attempt().catch(async (failure: unknown) => {
        if (!heal || !isLockConflict(failure, command)) throw failure
        const { stdout } = await call(cwd, ASK_FOR_COMMON, { ...(options.env && { env: options.env }) })
        if (await heal({ cwd, common: stdout.replace(/\n$/, ''), failure })) return attempt()
        throw failure
      })
    },
    alone: oneAtATime(),
  }
}

const LONG = 10
const ASK_FOR_COMMON = ['rev-parse', '--path-format=absolute', '--git-common-dir']

function repeatWhileLocked<T>(command: string, attempt: () => Promise<T>): Promise<T> {
  return pRetry(attempt, {
    retries: 7,
    minTimeout: 20,
    maxTimeout: 500,
    randomize: true,
    shouldRetry: failure => isLockConflict(failure, command),
  })
}

function oneAtATime(): Git['alone'] {
  const limits = new Map<string, LimitFunction>()
  return (root, work, signal) => {
    const limit = limits.get(root) ?? pLimit(1)
    limits.set(root, limit)
    return new Promise((resolve, reject) => {
      const leaveQueue = () => reject(wentAway(signal))
      if (signal?.aborted) return leaveQueue()
      signal?.addEventListener('abort', leaveQueue, { once: true })
      const turn = limit(async () => {
        signal?.removeEventListener('abort', leaveQueue)
        if (signal?.aborted) throw wentAway(signal)
        return work()
      })
      turn.then(resolve, reject)
    })
  }
}

function wentAway(signal: AbortSignal | undefined): AppError {
  const message = 'The wait for this repository was ended, because the caller went away.'
  return new AppError('ABORTED', message, { cause: signal?.reason })
}
