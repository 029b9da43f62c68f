import type { JobKind } from '../../../domain/job-kinds.ts'
import type { Queryable } from '../database.ts'
import { CLAIMABLE, type ClaimScope, type Reach, reachOf, scopeValues } from './claimable.ts'

export interface Claimant {
  workerId: string
  hostId: string
  tokenId: string
}
export interface ClaimedJob {
  id: string
  kind: JobKind
  workerId: string
  claimToken: string
  claimNo: number
  leaseUntil: Date
  createdAt: Date
  eventId: bigint
  productId: string
  userId: string
  taskId: string | null
  sprintRunId: string | null
}

/** How many jobs one statement takes at the most; a LIMIT must be a literal, or its generic plan reads the whole queue. */
export const BATCH_SIZES = [64, 32, 16, 8, 4, 2, 1] as const

/**
 * Offers the oldest claimable jobs to the claimants, one each, at most the largest batch size that they fill; each
 * job's `claimToken` fences every later write. Of all jobs, or of those enqueued at `since` or later. One statement, which
 * writes the jobs and their events alone.
 */
export async function claimNextJobs(
  on: Queryable,
  scope: ClaimScope,
  claimants: readonly Claimant[],
  offerSeconds: number,
  since: Date | null = null,
): Promise<ClaimedJob[]> {
  const size = BATCH_SIZES.find(batch => batch <= claimants.length)
  if (size === undefined) return []
  const reach = reachOf(scope)
  const { rows } = await on.query<ClaimedJobRow>({
    name: `claim-next-jobs-${size}-${reach}`,
    text: CLAIM[reach].get(size) ?? claim(reach, size),
    values: [
      ...scopeValues(scope),
      claimants.map(claimant => claimant.workerId),
      claimants.map(claimant => claimant.hostId),
      claimants.map(claimant => claimant.tokenId),
      offerSeconds,
      since ?? '-infinity',
    ],
  })
  return rows.map(toClaimedJob)
}

const CLAIMED = `j.id, j.kind, j.worker_id, j.claim_token, j.claim_no, j.lease_until, j.created_at, j.product_id, j.user_id, j.task_id,
      j.sprint_run_id`

type BatchSize = (typeof BATCH_SIZES)[number]

/** Nothing of an earlier attempt stays, unless it was delivered: then the next host first looks at what origin has. */
const claim = (reach: Reach, size: BatchSize) => `
  with candidate as materialized (
    select j.id from claude_jobs j
     where j.created_at >= $9::timestamptz and ${CLAIMABLE[reach]}
     order by j.created_at, j.sequence, j.id limit ${size} for no key update of j skip locked),
  numbered as (
    select id, ${size === 1 ? '1' : 'row_number() over ()'} as n from candidate),
  claimed as (
    update claude_jobs j set
      status = 'CLAIMED', claim_token = gen_random_uuid(), claim_no = j.claim_no + 1,
      worker_id = ($5::text[])[numbered.n], host_id = ($6::text[])[numbered.n], claimed_by_token_id = ($7::text[])[numbered.n],
      claimed_at = scrum4me_now(), lease_until = scrum4me_now() + make_interval(secs => $8),
      not_before = null, attached_at = null, finished_at = null, error = null,
      plan_snapshot = case when j.head_sha is null
        then (select t.implementation_plan from tasks t where t.id = j.task_id) else j.plan_snapshot end,
      started_at = case when j.head_sha is null then null else j.started_at end,
      summary = case when j.head_sha is null then null else j.summary end,
      verify_result = case when j.head_sha is null then null else j.verify_result end,
      verify_reasoning = case when j.head_sha is null then null else j.verify_reasoning end,
      verified_sha = case when j.head_sha is null then null else j.verified_sha end,
      checks = case when j.head_sha is null then null else j.checks end
      from numbered
     where j.id = numbered.id
    returning ${CLAIMED}),
  event as (
    insert into events (type, user_id, product_id, job_id, task_id, sprint_run_id, status)
    select 'claude_job_status', user_id, product_id, id, task_id, sprint_run_id, 'claimed' from claimed
    returning id, job_id)
  select claimed.id, kind, worker_id, claim_token, claim_no, lease_until, created_at, event.id as event_id, product_id, user_id, task_id, sprint_run_id
    from claimed join event on event.job_id = claimed.id`

const sizes = (reach: Reach) => new Map<number, string>(BATCH_SIZES.map(size => [size, claim(reach, size)]))
const CLAIM: Record<Reach, ReadonlyMap<number, string>> = { one: sizes('one'), many: sizes('many') }

export interface ClaimedJobRow {
  id: string
  kind: JobKind
  worker_id: string
  claim_token: string
  claim_no: number
  lease_until: Date
  created_at: Date
  event_id: string
  product_id: string
  user_id: string
  task_id: string | null
  sprint_run_id: string | null
}

/** A claim's row as the job that it brings. */
export function toClaimedJob(row: ClaimedJobRow): ClaimedJob {
  return {
    id: row.id,
    kind: row.kind,
    workerId: row.worker_id,
    claimToken: row.claim_token,
    claimNo: row.claim_no,
    leaseUntil: row.lease_until,
    createdAt: row.created_at,
    eventId: BigInt(row.event_id),
    productId: row.product_id,
    userId: row.user_id,
    taskId: row.task_id,
    sprintRunId: row.sprint_run_id,
  }
}
