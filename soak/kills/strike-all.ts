import { setTimeout as sleep } from 'node:timers/promises'
import type { Soak } from '../stage/soak.ts'
import { planStrikes } from './plan-strikes.ts'
import { strike } from './strike.ts'

/** Strikes as planned until the time for that is over; then every host and the server are awake again. */
export async function strikeAll(soak: Soak): Promise<void> {
  const { seed, hosts, killMs } = soak.options
  const began = performance.now()
  const underWay: Promise<unknown>[] = []
  for (const planned of planStrikes(seed, hosts, killMs)) {
    await sleep(Math.max(0, planned.at - (performance.now() - began)), undefined, { signal: soak.over.signal })
    underWay.push(strike(soak, planned))
  }
  await sleep(Math.max(0, killMs - (performance.now() - began)), undefined, { signal: soak.over.signal })
  soak.awake.abort()
  await Promise.all(underWay)
}
