import pc from 'picocolors'
import { entriesOf } from './agents/journal.ts'
import type { Finding } from './findings/finding.ts'
import type { Soak } from './stage/soak.ts'

const MOST_DETAILS = 12

/** Prints what holds and what does not; how much does not. */
export function reportFindings(findings: readonly Finding[], say: (line: string) => void): number {
  say('\nWhat the board, the remotes and the machines say:')
  for (const { holds, what, wrong } of findings) {
    say(`  ${holds ? pc.green('✓') : pc.red('✗')} ${what}`)
    for (const line of wrong.slice(0, MOST_DETAILS)) say(`      ${line.slice(0, 1_000)}`)
    if (wrong.length > MOST_DETAILS) say(`      … and ${wrong.length - MOST_DETAILS} more`)
  }
  return findings.filter(({ holds }) => !holds).length
}

/** What happened, in numbers. */
export function reportTotals(
  { journal, began }: Soak,
  counts: Record<string, number>,
  say: (line: string) => void,
): void {
  const seconds = Math.round((performance.now() - began) / 1000)
  const strikes = entriesOf(journal, 'struck').filter(({ hit }) => hit)
  say(`\nIn ${seconds} s:`)
  say(`  jobs      ${sorted(counts)}`)
  say(
    `  attempts  ${new Set(entriesOf(journal, 'claimed').map(({ job, attempt }) => `${job} ${attempt}`)).size} by agents`,
  )
  say(`  kills     ${strikes.length}: ${sorted(tally(strikes.map(({ how }) => how)))}`)
  say(`  told      ${sorted(tally(entriesOf(journal, 'told').map(({ code }) => code)))}`)
}

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

function sorted(counts: Record<string, number>): string {
  return Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ')
}
