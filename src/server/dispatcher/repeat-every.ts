/**
 * Does something again and again, with a pause of `pauseMs` to one and a half times that between two times, so that
 * many servers spread; 0 means never. The result ends it and waits for what is under way.
 */
export function repeatEvery(
  pauseMs: number,
  act: () => unknown,
  onError: (error: unknown) => void,
): () => Promise<void> {
  if (pauseMs === 0) return async () => undefined
  let timer: NodeJS.Timeout
  let stopped = false
  let running: Promise<void> = Promise.resolve()

  const schedule = () => {
    timer = setTimeout(
      () => {
        running = round()
      },
      pauseMs * (1 + Math.random() / 2),
    ).unref()
  }
  const round = async () => {
    try {
      await act()
    } catch (error) {
      onError(error)
    }
    if (!stopped) schedule()
  }
  schedule()
  return async () => {
    stopped = true
    clearTimeout(timer)
    await running
  }
}
