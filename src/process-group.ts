export type StopReason = 'timeout' | 'aborted'

export interface GroupGuard {
  /** Why the group was stopped; undefined when it ended by itself. */
  reason(): StopReason | undefined
  /** Kills what is left of the group, and watches it no longer. */
  end(): void
}

/** How long a stopped process has for tidying up (git: its lock files) before it is killed. */
const GRACE_MS = 700

/** Stops a process group, whose leader is `pid`, at the time limit, at the signal, or when this process ends. */
export function guardGroup(
  pid: number | undefined,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
): GroupGuard {
  let reason: StopReason | undefined
  let killer: NodeJS.Timeout | undefined
  const stop = (why: StopReason) => {
    reason ??= why
    signalGroup(pid, 'SIGTERM')
    killer ??= setTimeout(() => signalGroup(pid, 'SIGKILL'), GRACE_MS)
  }
  const onAbort = () => stop('aborted')
  const onExit = () => signalGroup(pid, 'SIGTERM')
  const timer = setTimeout(() => stop('timeout'), timeoutMs)
  signal?.addEventListener('abort', onAbort, { once: true })
  running.add(onExit)
  return {
    reason: () => reason,
    end: () => {
      clearTimeout(timer)
      clearTimeout(killer)
      signal?.removeEventListener('abort', onAbort)
      running.delete(onExit)
      signalGroup(pid, 'SIGKILL')
    },
  }
}

/** A group outlives its parent: the groups of a process that ends are ended by one listener for all of them. */
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
