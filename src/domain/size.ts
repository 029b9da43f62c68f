const DECIMAL = ['B', 'kB', 'MB', 'GB', 'TB']
const SIZE = /^(?<count>\d+(?:\.\d+)?)\s*(?<unit>[kmgt]?i?b)$/i

/** A number of bytes for a reader: 1.5 GB. */
export function sizeOf(bytes: number): string {
  const power = Math.min(DECIMAL.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  const value = bytes / 1_000 ** power
  return `${value >= 10 || power === 0 ? Math.round(value) : value.toFixed(1)} ${DECIMAL[power]}`
}

/** The bytes that a person means by `500 MB`, `2GiB` or `0`; null for what is no size. */
export function parseSize(text: string): number | null {
  if (text.trim() === '0') return 0
  const { count, unit = '' } = SIZE.exec(text.trim())?.groups ?? {}
  if (count === undefined) return null
  const base = /i/i.test(unit) ? 1_024 : 1_000
  return Math.round(Number(count) * base ** 'bkmgt'.indexOf(unit.charAt(0).toLowerCase()))
}
