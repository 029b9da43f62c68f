import pg from 'pg'
import { onTestFinished, vi } from 'vitest'

/** Counts the statements of a name, or with these words, that this process says to its databases from now on. */
export function countStatements(words: string): () => number {
  const spy = vi.spyOn(pg.Client.prototype, 'query')
  onTestFinished(() => spy.mockRestore())
  return () => spy.mock.calls.filter(([statement]) => JSON.stringify(statement).includes(words)).length
}
