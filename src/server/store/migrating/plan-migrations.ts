import { AppError } from '../../../errors.ts'
import type { AppliedMigration } from './applied-migrations.ts'
import type { KnownMigration } from './known-migrations.ts'

/** What a database still has to go through; VERSION_MISMATCH when it went through something that this version does not know. */
export function planMigrations(
  known: readonly KnownMigration[],
  applied: readonly AppliedMigration[],
  version: string,
): KnownMigration[] {
  const knownTimes = new Set(known.map(({ when }) => when))
  const newer = applied.findLast(({ when }) => !knownTimes.has(when))
  if (newer) throw tooOld(version, newer.version)
  const appliedTimes = new Set(applied.map(({ when }) => when))
  return known.filter(({ when }) => !appliedTimes.has(when))
}

/** The error of a version that is too old for something which another version made. */
export function tooOld(version: string, made: string | null, what = 'This database'): AppError {
  const by = made && made !== version ? `Scrum4Me ${made}` : 'a newer Scrum4Me'
  const wanted = made && made !== version ? `Scrum4Me ${made} or newer` : 'the newest Scrum4Me'
  return new AppError('VERSION_MISMATCH', `${what} was made by ${by}; this is ${version}. Nothing was changed.`, {
    hint: `Install ${wanted} here, then start it again.`,
  })
}
