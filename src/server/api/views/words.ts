/** A status as it goes over a wire, and as it stands in the database. */
export { statusOf as upper, wireWord as lower } from '../../../domain/wire-word.ts'

/** An instant as it goes over a wire. */
export function iso(instant: Date): string
export function iso(instant: Date | null): string | null
export function iso(instant: Date | null): string | null {
  return instant?.toISOString() ?? null
}
