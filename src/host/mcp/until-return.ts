/**
 * One signal for a call from several. Over HTTP the client's disconnect is another signal than its cancel, and both may
 * also fire after a normal end; once the call has returned, nothing listens any more.
 */
export function untilReturn(signals: readonly (AbortSignal | undefined)[]) {
  const controller = new AbortController()
  const abort = () => controller.abort()
  const given = signals.filter(signal => signal !== undefined)
  for (const signal of given) signal.addEventListener('abort', abort, { once: true })
  if (given.some(signal => signal.aborted)) abort()
  return {
    signal: controller.signal,
    forget: () => {
      for (const signal of given) signal.removeEventListener('abort', abort)
    },
  }
}
