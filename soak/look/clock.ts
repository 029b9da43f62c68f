import type { Pool } from 'pg'

/** The database's clock, which is moved when nothing is left to do but to wait. */
export interface Clock {
  /** Moves it on, for all sessions at once. */
  move(seconds: number): Promise<void>
  /** When, by Date.now(), the database's clock showed an instant. */
  toReal(instant: Date): number
  /** By how much it is ahead, in seconds. */
  ahead(): number
}

export function makeClock(pool: Pool): Clock {
  /** From when on, by Date.now(), it was ahead by how much, in ms; the latest first. */
  const moves: { at: number; aheadMs: number }[] = []
  const aheadMs = () => moves[0]?.aheadMs ?? 0
  return {
    ahead: () => aheadMs() / 1000,
    async move(seconds) {
      const wanted = aheadMs() + Math.ceil(seconds * 1000)
      await pool.query(
        `create or replace function scrum4me_now() returns timestamptz language sql stable parallel safe
           as $$ select statement_timestamp() + interval '${wanted} ms' $$`,
      )
      moves.unshift({ at: Date.now(), aheadMs: wanted })
    },
    toReal(instant) {
      const move = moves.find(({ at, aheadMs: ahead }) => instant.getTime() >= at + ahead)
      return instant.getTime() - (move?.aheadMs ?? 0)
    },
  }
}
