import { sql } from 'drizzle-orm'
import { bigserial, check, index, integer, pgTable, text } from 'drizzle-orm/pg-core'
import { JOB_EVENT_KINDS } from '../../../domain/job-events.ts'
import { createdAt, id, words } from './columns.ts'
import { claudeJobs } from './jobs.ts'

/** What happened to a job, in words for people; written in the transaction that made it happen. */
export const jobEvents = pgTable(
  'job_events',
  {
    id: bigserial({ mode: 'bigint' }).primaryKey(),
    jobId: id()
      .notNull()
      .references(() => claudeJobs.id),
    claimNo: integer().notNull(),
    kind: text({ enum: JOB_EVENT_KINDS }).notNull(),
    words: text().notNull(),
    createdAt: createdAt(),
  },
  table => [
    index('job_events_of_job').on(table.jobId, table.id),
    check('job_events_kind', sql`${table.kind} in (${words(JOB_EVENT_KINDS)})`),
  ],
)
