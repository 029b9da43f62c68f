import { masked } from '../files/masked.ts'
import type { TextChange } from '../files/text-change.ts'

/** A change of a file as lines with `-` and `+` before them; secrets, and what stands around it, are not shown. */
export function changeLines(text: string, { at, removed, added }: TextChange): string[] {
  const line = text.slice(0, at).split('\n').length
  return [`@@ line ${line}`, ...marked('-', removed), ...marked('+', added)]
}

/** The comma to the member before is no news. */
function marked(sign: string, part: string): string[] {
  const lines = masked(part).replace(/^,/, '').split(/\r?\n/)
  return lines.filter(line => line.trim() !== '').map(line => `${sign} ${line}`)
}
