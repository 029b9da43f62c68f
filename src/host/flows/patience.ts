/** How long a call waits for what outlives it: until its caller goes away, and no longer than its client bears. */
export interface Patience {
  signal?: AbortSignal | undefined
  withinMs?: number | undefined
}

/** What work brings, or null when the patience ends first; nothing of the waiting is left behind. */
export async function within<T>(work: Promise<T>, { signal, withinMs }: Patience): Promise<T | null> {
  let end: () => void = () => undefined
  const over = new Promise<null>(resolve => {
    end = () => resolve(null)
  })
  const limit = withinMs === undefined ? undefined : setTimeout(end, withinMs)
  signal?.addEventListener('abort', end)
  if (signal?.aborted) end()
  try {
    return await Promise.race([work, over])
  } finally {
    clearTimeout(limit)
    signal?.removeEventListener('abort', end)
  }
}
