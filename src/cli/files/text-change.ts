/** One place of a text that becomes another. */
export interface TextChange {
  at: number
  removed: string
  added: string
}

/** The text after a change. */
export function applyChange(text: string, { at, removed, added }: TextChange): string {
  return text.slice(0, at) + added + text.slice(at + removed.length)
}
