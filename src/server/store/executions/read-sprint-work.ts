import { asc, eq, sql } from 'drizzle-orm'
import { prepared, type Queryable } from '../database.ts'
import { pbis, sprintTaskExecutions, stories, tasks } from '../schema.ts'

/** The executions of a job in their frozen order, each with its task, story and PBI. */
export async function readSprintWork(on: Queryable, jobId: string) {
  return prepared(on, 'read-sprint-work', db =>
    db
      .select({ execution: sprintTaskExecutions, task: tasks, story: stories, pbi: pbis })
      .from(sprintTaskExecutions)
      .innerJoin(tasks, eq(tasks.id, sprintTaskExecutions.taskId))
      .innerJoin(stories, eq(stories.id, tasks.storyId))
      .innerJoin(pbis, eq(pbis.id, stories.pbiId))
      .where(eq(sprintTaskExecutions.sprintJobId, sql.placeholder('jobId')))
      .orderBy(asc(sprintTaskExecutions.order)),
  ).execute({ jobId })
}
