import { z } from 'zod'

/**
 * A backup is gzipped lines of text: the head; for each table its name, columns and number of rows, and then so many
 * rows, each a JSON array of texts; the end. What lacks its end is not whole.
 */
export const Head = z.object({
  format: z.literal('scrum4me-backup'),
  format_version: z.literal(1),
  made_at: z.iso.datetime(),
  made_by: z.string(),
  reason: z.string(),
  /** The schema that the rows are of. */
  migrations: z.array(z.object({ when: z.number(), version: z.string().nullable() })),
})
export type Head = z.infer<typeof Head>

export const TableStart = z.object({
  table: z.string(),
  columns: z.array(z.string()).min(1),
  rows: z.number().int().min(0),
})
export type TableStart = z.infer<typeof TableStart>

export const End = z.object({
  end: z.literal(true),
  sequences: z.array(z.object({ name: z.string(), last_value: z.string(), is_called: z.boolean() })),
})
export type End = z.infer<typeof End>

/** A line of a backup file. */
export function toLine(part: Head | TableStart | End): string {
  return `${JSON.stringify(part)}\n`
}
