/** A status as it goes over a wire and into events: lower case, and todo for TO_DO. */
export type WireWord<Word extends string> = Word extends 'TO_DO' ? 'todo' : Lowercase<Word>

/** A status in the word of the wire. */
export function wireWord<Word extends string>(word: Word): WireWord<Word> {
  return (word === 'TO_DO' ? 'todo' : word.toLowerCase()) as WireWord<Word>
}

/** The status that a word of the wire means. */
export type StatusOf<Word extends string> = Word extends 'todo' ? 'TO_DO' : Uppercase<Word>

/** A word of the wire as the status that it means. */
export function statusOf<Word extends string>(word: Word): StatusOf<Word> {
  return (word === 'todo' ? 'TO_DO' : word.toUpperCase()) as StatusOf<Word>
}
