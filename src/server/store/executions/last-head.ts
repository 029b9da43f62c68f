import { and, desc, eq } from 'drizzle-orm'
import { orm, type Queryable } from '../database.ts'
import { claudeJobs, sprintTaskExecutions } from '../schema.ts'

/** The commit of the last task that an ended BATCH run finished; null when it finished none. */
export async function lastHeadOfRun(on: Queryable, sprintRunId: string): Promise<string | null> {
  const [row] = await orm(on)
    .select({ headSha: sprintTaskExecutions.headSha })
    .from(sprintTaskExecutions)
    .innerJoin(claudeJobs, eq(claudeJobs.id, sprintTaskExecutions.sprintJobId))
    .where(and(eq(claudeJobs.sprintRunId, sprintRunId), eq(sprintTaskExecutions.status, 'DONE')))
    .orderBy(desc(sprintTaskExecutions.order))
    .limit(1)
  return row?.headSha ?? null
}
