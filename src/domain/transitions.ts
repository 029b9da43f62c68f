import { AppError } from '../errors.ts'
import { wireWord } from './wire-word.ts'

/** A state machine as data: each status with the statuses that may follow it. */
export type TransitionTable<Status extends string> = Readonly<Record<Status, readonly Status[]>>

/** The guard of one table: throws INVALID_TRANSITION unless `from` may become `to`. */
export function transitionGuard<Status extends string>(thing: string, next: TransitionTable<Status>) {
  return (from: Status, to: Status): void => {
    if (next[from].includes(to)) return
    const allowed = next[from].map(wireWord).join(', ') || 'nothing: this status is final'
    throw new AppError(
      'INVALID_TRANSITION',
      `A ${thing} that is ${wireWord(from)} cannot become ${wireWord(to)}; it can become ${allowed}.`,
    )
  }
}
