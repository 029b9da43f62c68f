import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

/** A step from one schema to the next, as drizzle-kit writes it. */
export interface KnownMigration {
  /** Its file's name, such as 0003_idempotency_keys. */
  tag: string
  /** When it was written, in milliseconds; what it is known by in a database. */
  when: number
  hash: string
  statements: string[]
}

const FOLDER = fileURLToPath(new URL('../migrations', import.meta.url))
const BREAKPOINT = '--> statement-breakpoint'
const Journal = z.object({ entries: z.array(z.object({ tag: z.string(), when: z.number() })) })

/** The migrations that this version brings along, oldest first. */
export async function readKnownMigrations(folder = FOLDER): Promise<KnownMigration[]> {
  const { entries } = Journal.parse(JSON.parse(await readFile(join(folder, 'meta', '_journal.json'), 'utf8')))
  return Promise.all(
    entries.map(async ({ tag, when }) => {
      const text = await readFile(join(folder, `${tag}.sql`), 'utf8')
      const hash = createHash('sha256').update(text).digest('hex')
      return { tag, when, hash, statements: text.split(BREAKPOINT) }
    }),
  )
}
