import { z } from 'zod'

const Command = z.string().trim().min(1).max(2_000)
const Pattern = z
  .string()
  .max(500)
  .regex(/^[^\n\r\0]+$/, 'must be one line')
const Seconds = z.int().min(1)

/** A single one may stand without its list. */
const listOf = <Item extends z.ZodType>(item: Item, most: number) =>
  z.preprocess(value => (typeof value === 'string' ? [value] : value), z.array(item).max(most)).default([])

/** `.scrum4me.yml`: what a worktree of this repository needs, and what proves its work. */
export const KitFile = z.strictObject({
  include: listOf(Pattern, 200),
  setup: listOf(Command, 20),
  cleanup: listOf(Command, 20),
  checks: listOf(Command, 20),
  /** Seconds for each command; a set-up as a whole ends with its offer, after 15 minutes. */
  timeouts: z
    .strictObject({
      setup: Seconds.max(840).default(600),
      cleanup: Seconds.max(300).default(60),
      checks: Seconds.max(7_200).default(900),
    })
    .prefault({}),
  ports: z.int().min(0).max(100).default(0),
})
export type KitFile = z.output<typeof KitFile>
