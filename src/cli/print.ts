import Table from 'cli-table3'
import { say, type Terminal } from './terminal.ts'

/** The argument that every command with an answer takes. */
export const JSON_ARG = { json: { type: 'boolean', description: 'Answer as JSON', default: false } } as const

/** Prints an answer: as JSON for programs, otherwise as the lines that `toLines` makes of it. */
export function print<T>(terminal: Terminal, json: boolean, answer: T, toLines: (answer: T) => string[]): void {
  if (json) say(terminal, JSON.stringify(answer, null, 2))
  else for (const line of toLines(answer)) say(terminal, line)
}

/** A plain table: a line of heads, then the rows. */
export function table(heads: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string[] {
  const made = new Table({
    head: [...heads],
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
    chars: NO_BORDERS,
  })
  made.push(...rows.map(row => row.map(cell => cell ?? '–')))
  return made
    .toString()
    .split('\n')
    .map(line => line.trimEnd())
}

/** Labels and values below each other; values that are not there are left out. */
export function fields(values: Record<string, string | number | null | undefined>): string[] {
  const shown = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== '')
  const width = Math.max(...shown.map(([label]) => label.length))
  return shown.map(([label, value]) => `${label.padEnd(width)}  ${value}`)
}

const NO_BORDERS = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right']
    .concat(['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'])
    .map(name => [name, ''])
    .concat([['middle', '  ']]),
)
