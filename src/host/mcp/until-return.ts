/**
 * One signal for a call from several, and from a time limit. Over HTTP the client's disconnect is another signal than its
 * cancel, and both may also fire after a normal end; once the call has returned, nothing listens any more.
 */
export function untilReturn(signals: readonly (AbortSignal | undefined)[], limitMs?: number) {
  const controller = new AbortController()
  const abort = () => controller.abort()
  const given = signals.filter(signal => signal !== undefined)
  for (const signal of given) signal.addEventListener('abort', abort, { once: true })
  const limit = limitMs === undefined ? undefined : setTimeout(abort, limitMs)
  if (given.some(signal => signal.aborted)) abort()
  return {
    signal: controller.signal,
    forget: () => {
      clearTimeout(limit)
      for (const signal of given) signal.removeEventListener('abort', abort)
    },
  }
}
