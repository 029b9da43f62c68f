import { setTimeout as sleep } from 'node:timers/promises'
import { entriesOf } from '../agents/journal.ts'
import type { Soak } from '../stage/soak.ts'
import { lookForBreaches, sample } from './sample.ts'

const EVERY_MS = 10_000

/** What was seen on the way. */
export interface Watched {
  looks: number
  breaches: Set<string>
}

/** Looks at the database every ten seconds, and says how far it is, until the soak is over. */
export async function watch(soak: Soak, say: (line: string) => void): Promise<Watched> {
  const watched: Watched = { looks: 0, breaches: new Set() }
  const { signal } = soak.over
  for (;;) {
    await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return watched
    const breaches = await lookForBreaches(soak.pool)
    for (const breach of breaches ?? []) watched.breaches.add(breach)
    if (breaches) watched.looks += 1
    say(await progressLine(soak, watched))
  }
}

/** How long ago something was, for the beginning of a line. */
export function secondsSince(began: number): string {
  return `${String(Math.round((performance.now() - began) / 1000)).padStart(5)} s`
}

async function progressLine(soak: Soak, { breaches }: Watched): Promise<string> {
  const now = await sample(soak.pool)
  const kills = entriesOf(soak.journal, 'struck').filter(({ hit }) => hit).length
  const count = (...statuses: string[]) => statuses.reduce((sum, status) => sum + (now?.counts[status] ?? 0), 0)
  const jobs = now
    ? `${count('QUEUED')} queued, ${count('CLAIMED', 'RUNNING')} at work, ${count('DONE')} done, ` +
      `${count('FAILED', 'SKIPPED', 'CANCELLED')} ended otherwise`
    : 'the database is away'
  const ahead = soak.clock.ahead() > 0 ? `, clock ${Math.round(soak.clock.ahead())} s ahead` : ''
  const wrong = breaches.size > 0 ? `, ${breaches.size} BREACHES` : ''
  return `${secondsSince(soak.began)}  ${jobs}; ${kills} kills${ahead}${wrong}`
}
