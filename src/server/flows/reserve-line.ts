import type { PoolClient } from '../store/database.ts'
import { insertLine, lockNewestLine, mendLine } from '../store/lines/lines.ts'

export interface LineWish {
  repoKey: string
  base: string
  /** The ended run whose own continuation asks. */
  continuedRunId?: string | null
}

/**
 * The branch that new work goes on: of the newest line, or of the next one if that is over, or broken by a failed or
 * cancelled job whose continuation this is not. Its lock is held until the transaction ends.
 */
export async function reserveLine(client: PoolClient, wish: LineWish): Promise<string> {
  const { repoKey, base, continuedRunId = null } = wish
  for (;;) {
    const newest = await lockNewestLine(client, repoKey, base)
    const isOwn = continuedRunId !== null && newest?.brokenInRunId === continuedRunId
    if (newest && newest.leftAt === null && (newest.brokenByJobId === null || isOwn)) {
      if (newest.brokenByJobId) await mendLine(client, newest, newest.brokenByJobId)
      return newest.branch
    }
    const added = await insertLine(client, { repoKey, base, number: (newest?.number ?? 0) + 1 })
    if (added) return added
  }
}
