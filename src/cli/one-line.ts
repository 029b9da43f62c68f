import { stripVTControlCharacters } from 'node:util'

/** A text of somebody else's as one line that a terminal shows and does not obey. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
}
