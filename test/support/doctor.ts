import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { expect } from 'vitest'
import { z } from 'zod'
import type { Installation } from './installation.ts'

const Diagnoses = z.array(
  z.object({
    check: z.string(),
    verdict: z.enum(['ok', 'warning', 'trouble']),
    what: z.string(),
    remedy: z.string().min(1).nullable(),
  }),
)

/** What the doctor says: all of it, and of one check as "verdict what → remedy". */
export async function examine({ run }: Installation, ...args: string[]) {
  const { exitCode, stdout, stderr } = await run('doctor', '--json', ...args)
  expect(stderr).toBe('')
  const diagnoses = Diagnoses.parse(JSON.parse(stdout))
  expect(exitCode).toBe(diagnoses.some(({ verdict }) => verdict === 'trouble') ? 1 : 0)
  for (const { verdict, remedy } of diagnoses) expect(remedy === null).toBe(verdict === 'ok')
  const of = (name: string) =>
    diagnoses
      .filter(({ check }) => check === name)
      .map(({ verdict, what, remedy }) => `${verdict} ${what}${remedy ? ` → ${remedy}` : ''}`)
  return { exitCode, of, stdout, checks: [...new Set(diagnoses.map(({ check }) => check))] }
}

/** Writes a file, with the folders that lead to it. */
export async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
}
