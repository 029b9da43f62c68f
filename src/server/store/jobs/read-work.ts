import { eq } from 'drizzle-orm'
import { orm, type Queryable } from '../database.ts'
import { claudeJobs, pbis, products, sprintRuns, sprints, stories, tasks } from '../schema.ts'

/** A job with all that stands around its task, read in one query; null if unknown. */
export async function readWork(on: Queryable, jobId: string) {
  const [row] = await orm(on)
    .select({
      job: claudeJobs,
      product: products,
      task: tasks,
      story: stories,
      pbi: pbis,
      run: sprintRuns,
      sprint: sprints,
    })
    .from(claudeJobs)
    .innerJoin(products, eq(products.id, claudeJobs.productId))
    .innerJoin(tasks, eq(tasks.id, claudeJobs.taskId))
    .innerJoin(stories, eq(stories.id, tasks.storyId))
    .innerJoin(pbis, eq(pbis.id, stories.pbiId))
    .leftJoin(sprintRuns, eq(sprintRuns.id, claudeJobs.sprintRunId))
    .leftJoin(sprints, eq(sprints.id, stories.sprintId))
    .where(eq(claudeJobs.id, jobId))
  return row ?? null
}

export type Work = NonNullable<Awaited<ReturnType<typeof readWork>>>
