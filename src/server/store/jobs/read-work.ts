import { and, eq, sql } from 'drizzle-orm'
import { type orm, prepared, type Queryable } from '../database.ts'
import {
  branchLines,
  claudeJobs,
  pbis,
  products,
  sprintRuns,
  sprints,
  sprintTaskExecutions,
  stories,
  tasks,
} from '../schema.ts'

/** Far more than can be delivered between two attempts of a job. */
const MOST_HEADS = 200

/** A job with all that stands around it, and around its task if it has one, read in one query; null if unknown. */
export async function readWork(on: Queryable, jobId: string) {
  const [row] = await prepared(on, 'read-work', workQuery).execute({ jobId })
  return row ?? null
}

function workQuery(db: ReturnType<typeof orm>) {
  return db
    .select({
      job: claudeJobs,
      product: products,
      task: tasks,
      story: stories,
      pbi: pbis,
      run: sprintRuns,
      sprint: sprints,
      line: branchLines,
      /** Of a sprint's job: the commit of the last task that it has finished. */
      lastHead: sql<string | null>`(select e.head_sha from ${sprintTaskExecutions} e
        where e.sprint_job_id = ${claudeJobs.id} and e.status = 'DONE' order by e."order" desc limit 1)`,
      /** Of a retry: what other jobs have delivered on its branch, the latest first. */
      othersHeads: sql<string[]>`array(select o.head_sha from ${claudeJobs} o
        where ${claudeJobs.claimNo} > 1 and o.repo_key = ${claudeJobs.repoKey} and o.branch = ${claudeJobs.branch}
          and o.id <> ${claudeJobs.id} and o.head_sha is not null
        order by o.finished_at desc nulls first limit ${MOST_HEADS})`,
    })
    .from(claudeJobs)
    .innerJoin(products, eq(products.id, claudeJobs.productId))
    .leftJoin(tasks, eq(tasks.id, claudeJobs.taskId))
    .leftJoin(stories, eq(stories.id, tasks.storyId))
    .leftJoin(pbis, eq(pbis.id, stories.pbiId))
    .leftJoin(sprintRuns, eq(sprintRuns.id, claudeJobs.sprintRunId))
    .leftJoin(sprints, sql`${sprints.id} = coalesce(${sprintRuns.sprintId}, ${stories.sprintId})`)
    .leftJoin(branchLines, and(eq(branchLines.repoKey, claudeJobs.repoKey), eq(branchLines.branch, claudeJobs.branch)))
    .where(eq(claudeJobs.id, sql.placeholder('jobId')))
}

export type Work = NonNullable<Awaited<ReturnType<typeof readWork>>>
