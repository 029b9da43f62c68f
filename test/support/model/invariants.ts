import type { Pool } from 'pg'

/**
 * What must hold of any database at any moment, each as a query of its own that finds what breaks it. They are written
 * from the contract, not with the code that they judge.
 */
const BREACHES: Record<string, string> = {
  'a lane has two jobs at work': `
    select repo_key || ' ' || branch as what from claude_jobs where status in ('CLAIMED', 'RUNNING')
     group by repo_key, branch having count(*) > 1`,
  'a worker holds two claims': `
    select worker_id as what from claude_jobs where status in ('CLAIMED', 'RUNNING') group by worker_id having count(*) > 1`,
  'a task has two live jobs, or one and a place in a live sprint': `
    select task_id as what from (
      select task_id from claude_jobs where status in ('QUEUED', 'CLAIMED', 'RUNNING') and task_id is not null
      union all select task_id from sprint_task_executions where status in ('PENDING', 'RUNNING')) live
     group by task_id having count(*) > 1`,
  'a live run has no live job': `
    select r.id as what from sprint_runs r where r.status in ('QUEUED', 'RUNNING', 'PAUSED')
       and not exists (select 1 from claude_jobs j where j.sprint_run_id = r.id and j.status in ('QUEUED', 'CLAIMED', 'RUNNING'))`,
  'an ended run has a live job that was not delivered': `
    select r.id as what from sprint_runs r join claude_jobs j on j.sprint_run_id = r.id
     where r.status in ('DONE', 'FAILED', 'CANCELLED') and j.status in ('QUEUED', 'CLAIMED', 'RUNNING')
       and (j.head_sha is null or r.status <> 'CANCELLED') and j.status <> 'CLAIMED'`,
  'a run does not end as its jobs did': `
    select r.id as what from sprint_runs r where r.status in ('DONE', 'FAILED') and (r.status = 'DONE') <>
       (select bool_and(j.status in ('DONE', 'SKIPPED')) from claude_jobs j where j.sprint_run_id = r.id)`,
  'a task is in progress without anybody at work, or the other way round': `
    select t.id as what from tasks t where (t.status = 'IN_PROGRESS') <> (
      exists (select 1 from claude_jobs j where j.task_id = t.id and j.status = 'RUNNING')
      or exists (select 1 from sprint_task_executions e where e.task_id = t.id and e.status = 'RUNNING'))`,
  'a story is not what its tasks make it': `
    select s.id as what from stories s join lateral (
      select coalesce(bool_or(status = 'FAILED'), false) as failed, count(*) filter (where status <> 'EXCLUDED') as counted,
             count(*) filter (where status = 'DONE') as done from tasks t where t.story_id = s.id) t on true
     where s.status <> case when t.failed then 'FAILED' when t.counted > 0 and t.done = t.counted then 'DONE'
       when s.sprint_id is not null then 'IN_SPRINT' else 'OPEN' end`,
  'a PBI is not what its stories make it': `
    select p.id as what from pbis p join lateral (
      select coalesce(bool_or(status = 'FAILED'), false) as failed, bool_and(status = 'DONE') as done
        from stories s where s.pbi_id = p.id) s on true
     where p.status <> 'BLOCKED' and p.status <> case when s.failed then 'FAILED' when s.done then 'DONE' else 'READY' end`,
  'a job that has ended is still leased, or has no end': `
    select id as what from claude_jobs where status in ('DONE', 'FAILED', 'SKIPPED', 'CANCELLED')
       and (finished_at is null or lease_until is not null)`,
  'a job that was not delivered has had more attempts than it may': `
    select id as what from claude_jobs where retry_count > max_attempts and status <> 'FAILED' and head_sha is null`,
  'an attempt is open that is not the job’s present one': `
    select a.job_id || '/' || a.claim_no as what from job_attempts a join claude_jobs j on j.id = a.job_id
     where a.outcome is null and not (j.claim_no = a.claim_no and j.status = 'RUNNING')`,
  'a sprint’s job is done although one of its tasks is not, or over although one is live': `
    select j.id as what from claude_jobs j join sprint_task_executions e on e.sprint_job_id = j.id
     where (j.status = 'DONE' and e.status not in ('DONE', 'SKIPPED'))
        or (j.status in ('FAILED', 'SKIPPED', 'CANCELLED') and e.status in ('PENDING', 'RUNNING'))
        or (j.status in ('QUEUED', 'CLAIMED') and e.status in ('RUNNING', 'FAILED'))`,
  'a finished task of a sprint is not done': `
    select e.id as what from sprint_task_executions e join tasks t on t.id = e.task_id
     where e.status = 'RUNNING' and t.status <> 'IN_PROGRESS'`,
  'an ended job’s history does not tell of its end': `
    select j.id as what from claude_jobs j where j.status in ('DONE', 'FAILED', 'SKIPPED', 'CANCELLED') and j.status is distinct from (
      select e.kind from job_events e where e.job_id = j.id and e.kind not in ('WORK_KEPT', 'WORK_DROPPED') order by e.id desc limit 1)`,
  'a job’s history tells of an attempt that never began, or not of one that did': `
    select a.job_id || '/' || a.claim_no as what from job_attempts a
      full join (select job_id, claim_no from job_events where kind = 'BEGUN') e using (job_id, claim_no)
     where a.job_id is null or e.job_id is null`,
  'a job or run ended as its last event does not say': `
    select j.id as what from claude_jobs j where lower(j.status) <> (
      select e.status from events e where e.job_id = j.id and e.type in ('claude_job_enqueued', 'claude_job_status') order by e.id desc limit 1)`,
  'a run is not what its last event says': `
    select r.id as what from sprint_runs r where lower(r.status) <> (
      select e.status from events e where e.sprint_run_id = r.id and e.type = 'sprint_run_status' order by e.id desc limit 1)`,
  'an execution that has changed is not what its last event says': `
    select x.id as what from sprint_task_executions x where x.status <> 'PENDING' and lower(x.status) is distinct from (
      select e.status from events e where e.task_id = x.task_id and e.job_id = x.sprint_job_id
         and e.type = 'task_execution_status' order by e.id desc limit 1)`,
}

const ALL = Object.entries(BREACHES)
  .map(
    ([breach], index) =>
      `select ${index} as n, $q$${breach}$q$ as breach, what::text from (${BREACHES[breach]}) q${index}`,
  )
  .join('\nunion all\n')

/** Everything that is wrong in a database, in words; empty when nothing is. */
export async function findBreaches(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ breach: string; what: string }>(ALL)
  return rows.map(({ breach, what }) => `${breach}: ${what}`)
}

/** Every status that there is, by its row, with its owner: two of these tell what a step has changed. */
export async function readStatuses(pool: Pool): Promise<Map<string, { owner: string; status: string }>> {
  const { rows } = await pool.query<{ id: string; owner: string; status: string }>(`
    select id, user_id as owner, status || ' ' || claim_no || ' ' || retry_count as status from claude_jobs
    union all select id, user_id, status from sprint_runs
    union all select e.id, j.user_id, e.status from sprint_task_executions e join claude_jobs j on j.id = e.sprint_job_id
    union all select t.id, p.user_id, t.status from tasks t join products p on p.id = t.product_id
    union all select t.id, p.user_id, t.status from stories t join products p on p.id = t.product_id
    union all select t.id, p.user_id, t.status from pbis t join products p on p.id = t.product_id
    union all select t.id, p.user_id, t.status from sprints t join products p on p.id = t.product_id`)
  return new Map(rows.map(({ id, owner, status }) => [id, { owner, status }]))
}
