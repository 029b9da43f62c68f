import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inject } from 'vitest'

export interface Result {
  /** Sorts the tables in RESULTS.md. */
  name: string
  title: string
  /** What was compared with what, the target, and where it is missed why. */
  about: string
  head: readonly string[]
  rows: readonly (readonly (string | number)[])[]
}

/** Keeps a measurement's table for RESULTS.md, and prints it. */
export async function record({ name, title, about, head, rows }: Result): Promise<void> {
  const lines = [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`)
  const text = `## ${title}\n\n${about}\n\n${lines.join('\n')}\n`
  await writeFile(join(inject('benchPieces'), `${name}.md`), text)
  process.stdout.write(`\n${text}`)
}

/** The middle one of an odd number of values, the upper middle one else. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** The value that a share of the others lies below. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Two measurements in turn, as often as asked, so that what else the machine does meets both; the median of each. */
export async function inTurn(
  rounds: number,
  ours: () => Promise<number>,
  baseline: () => Promise<number>,
): Promise<{ ours: number; baseline: number }> {
  const all: { ours: number; baseline: number }[] = []
  for (let round = 0; round < rounds; round++) {
    const isFirst = round % 2 === 0
    const one = await (isFirst ? ours() : baseline())
    const two = await (isFirst ? baseline() : ours())
    all.push(isFirst ? { ours: one, baseline: two } : { ours: two, baseline: one })
  }
  return { ours: median(all.map(pair => pair.ours)), baseline: median(all.map(pair => pair.baseline)) }
}

/** `0.84 ×`. */
export function ratio(ours: number, baseline: number): string {
  return `${(ours / baseline).toFixed(2)} ×`
}
