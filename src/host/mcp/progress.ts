/** Sends a sign of life every ten seconds until the result is called, so that a client's own time limit does not end a wait. */
export function keepInformed(send: (progress: number, message: string) => Promise<void>, everyMs = 10_000): () => void {
  const started = Date.now()
  let count = 0
  const timer = setInterval(() => {
    count += 1
    const seconds = Math.round((Date.now() - started) / 1000)
    // A client that went away is noticed by the call's signal.
    send(count, `Still at it, for ${seconds} s.`).catch(() => undefined)
  }, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}
