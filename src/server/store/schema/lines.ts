import { sql } from 'drizzle-orm'
import { check, integer, pgTable, primaryKey, text, unique } from 'drizzle-orm/pg-core'
import { LINE_ENDS } from '../../../domain/line-end.ts'
import { createdAt, id, instant, words } from './columns.ts'

/** The branches that work of a story or a run goes on, one after another: a line that is over is never taken up again. */
export const branchLines = pgTable(
  'branch_lines',
  {
    repoKey: text().notNull(),
    branch: text().notNull(),
    /** What its story's or run's lines are named after. */
    base: text().notNull(),
    number: integer().notNull(),
    createdAt: createdAt(),
    begunAt: instant(),
    pushedAt: instant(),
    /** The failed or cancelled job whose own retry or continuation alone goes on here. */
    brokenByJobId: id(),
    leftAt: instant(),
    leftBecause: text({ enum: LINE_ENDS }),
  },
  table => [
    primaryKey({ columns: [table.repoKey, table.branch] }),
    unique('branch_lines_in_order').on(table.repoKey, table.base, table.number),
    check('branch_lines_left', sql`(${table.leftAt} is null) = (${table.leftBecause} is null)`),
    check('branch_lines_left_because', sql`${table.leftBecause} in (${words(LINE_ENDS)})`),
  ],
)
