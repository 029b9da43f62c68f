import { setTimeout as sleep } from 'node:timers/promises'
import { liveIn, type Sample, sample } from '../look/sample.ts'
import type { Soak } from '../stage/soak.ts'

const LOOK_MS = 500
/** A host that sets a job up shows nothing of it for so long. */
const QUIET_MS = 5_000
/** Longer than the reaper and the dispatcher's poll take to act on what a moved clock makes due. */
const BETWEEN_MOVES_MS = 15_000

/**
 * Resolves when every job has ended, or the limit is over. When nothing has happened for a while and nobody is at work,
 * the database's clock is moved past everything that the queue waits for: leases that dead hosts still have for a push,
 * and pauses of jobs that could not be set up.
 */
export async function runDry(soak: Soak, limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs
  let quiet = { signature: '', since: performance.now() }
  let moved = Number.NEGATIVE_INFINITY
  while (performance.now() < deadline) {
    const now = await sample(soak.pool)
    if (now && liveIn(now) === 0) return
    const signature = now === null || isBusy(soak) ? null : now.signature
    if (signature === null || signature !== quiet.signature)
      quiet = { signature: signature ?? '', since: performance.now() }
    const isDue = performance.now() - Math.max(quiet.since + QUIET_MS, moved + BETWEEN_MOVES_MS) > 0
    if (now && isDue && (await moveOn(soak, now))) moved = performance.now()
    await sleep(LOOK_MS, undefined, { signal: soak.over.signal })
  }
}

function isBusy({ slots }: Soak): boolean {
  return slots.some(({ doing, asleep }) => doing !== 'waiting' || asleep)
}

async function moveOn({ clock }: Soak, { secondsToLast }: Sample): Promise<boolean> {
  if (secondsToLast === null || secondsToLast <= 0) return false
  await clock.move(secondsToLast + 1)
  return true
}
