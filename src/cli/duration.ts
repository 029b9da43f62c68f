const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** A span of milliseconds for a reader, in the largest unit that fits: 3 days. */
export function durationOf(ms: number): string {
  const [unit, length] = UNITS.find(([, least]) => ms >= least) ?? ['minute', 60_000]
  const count = Math.max(0, Math.floor(ms / length))
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
