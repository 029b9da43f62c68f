import { streamOf } from '../random.ts'

/**
 * What a strike does: `host` kills a host alone, so that its gits outlive it, `tree` the agent and all that both have
 * started; `endHost` and `endServer` ask it to end; `sleep` stops a host for longer than its lease.
 */
export type StrikeKind = 'host' | 'tree' | 'endHost' | 'sleep' | 'server' | 'endServer' | 'postgres'

export interface Strike {
  kind: StrikeKind
  /** In ms, since the kills began. */
  at: number
  /** Which of the hosts, by a share of all of them. */
  which: number
  /** For how long it is away or asleep, in ms. */
  awayMs: number
}

const WEIGHTS: Readonly<Record<StrikeKind, number>> = {
  host: 32,
  tree: 28,
  endHost: 10,
  sleep: 14,
  server: 7,
  endServer: 3,
  postgres: 6,
}

const AWAY_MS: Readonly<Record<StrikeKind, readonly [number, number]>> = {
  host: [300, 6_000],
  tree: [300, 6_000],
  endHost: [300, 3_000],
  sleep: [11_000, 25_000],
  server: [200, 5_000],
  endServer: [200, 2_000],
  postgres: [0, 0],
}

/** Between two strikes, in ms: the more hosts, the more often. */
function pauses(hosts: number): readonly [number, number] {
  return [300, 2 * (2_000 + 4_000 / hosts) - 300]
}

/** When what is killed, in order; drawn before anything begins, so that nothing that happens can shift it. */
export function planStrikes(seed: string, hosts: number, durationMs: number): Strike[] {
  const stream = streamOf(seed, 'strikes')
  const strikes: Strike[] = []
  for (let at = stream.between(...pauses(hosts)); at < durationMs; at += stream.between(...pauses(hosts))) {
    const kind = stream.weighted(WEIGHTS)
    strikes.push({ kind, at, which: stream.next(), awayMs: stream.between(...AWAY_MS[kind]) })
  }
  return strikes
}
