/** What a claim may look at: parameters $1 to $4 of every statement that holds the predicate. */
export interface ClaimScope {
  /** Whose jobs: the caller's, or for a worker token those of every member of its products. */
  userIds: readonly string[]
  /** On which hosts: a job that one of them is barred from is for none of them. */
  hostIds: readonly string[]
  /** The products that the token is good for; null means all. */
  productIds: readonly string[] | null
  /** The product that the agent asked for; null means any. */
  productId: string | null
}

/** Jobs of one user, which an index holds in the claim's order, or of several. */
export type Reach = 'one' | 'many'

export function reachOf({ userIds }: Pick<ClaimScope, 'userIds'>): Reach {
  return userIds.length === 1 ? 'one' : 'many'
}

/** The condition that a job is of the users of the scope. */
export const OF_USERS: Record<Reach, string> = { one: 'j.user_id = $1', many: 'j.user_id = any($1::text[])' }

/** The scope as the parameters $1 to $4. */
export function scopeValues(scope: ClaimScope): unknown[] {
  const users = reachOf(scope) === 'one' ? scope.userIds[0] : scope.userIds
  return [users, scope.hostIds, scope.productIds, scope.productId]
}

/**
 * Whether there is such a row: looked up for each job by itself. An `exists` would become a join, which is planned once,
 * for few jobs at work, and then reads all of them for each claim. PostgreSQL takes "is not null" to hold for nearly
 * every row and "is true" for every other one: half a dozen of those, and it would rather sort the whole queue than go
 * through it in its order.
 */
function some(rows: string): string {
  return `(select true from ${rows} limit 1) is not null`
}

/** That a condition, which is never null, does not hold; worded so that PostgreSQL takes it to be the rule (see `some`). */
function isFree(of: string): string {
  return `nullif((${of}), true) is not null`
}

/** That a condition, which is never null, holds; worded in the same way. */
function isSo(condition: string): string {
  return `nullif((${condition}), false) is not null`
}

/** That a job's user is a member of its product, which is not archived: of one user, asked once for all of the jobs. */
const MEMBER: Record<Reach, string> = {
  one: isSo(`j.product_id = any(array(select m.product_id from product_members m join products p on p.id = m.product_id
    where m.user_id = $1 and p.archived_at is null))`),
  many: `${some('product_members m where m.product_id = j.product_id and m.user_id = j.user_id')}
  and ${some('products p where p.id = j.product_id and p.archived_at is null')}`,
}

/** The queued jobs that the scope reaches, whether or not they are claimable now; `j` is the job. */
const inScope = (reach: Reach) => `j.status = 'QUEUED' and ${OF_USERS[reach]}
  and ($3::text[] is null or j.product_id = any($3)) and ($4::text is null or j.product_id = $4)
  and ${MEMBER[reach]}`

/** Each rule that holds a queued job up, by the reason that people are told. */
export const OBSTACLES = {
  back_off: `j.not_before is not null and j.not_before > scrum4me_now()`,
  run_not_active: `j.head_sha is null and j.sprint_run_id is not null and ${some(
    `sprint_runs r where r.id = j.sprint_run_id and r.status not in ('QUEUED', 'RUNNING')`,
  )}`,
  lane_busy: some(
    `claude_jobs o where o.repo_key = j.repo_key and o.branch = j.branch and o.status in ('CLAIMED', 'RUNNING')`,
  ),
  lane_waits_for_older: some(
    `claude_jobs o where o.repo_key = j.repo_key and o.branch = j.branch and o.status = 'QUEUED'
       and (o.created_at, o.sequence, o.id) < (j.created_at, j.sequence, j.id)`,
  ),
  host_barred: some('job_bars b where b.job_id = j.id and b.host_id = any($2::text[])'),
} as const

export type Obstacle = keyof typeof OBSTACLES

export const IN_SCOPE: Record<Reach, string> = { one: inScope('one'), many: inScope('many') }

/** The one predicate of the claim and of "is there work for me?". */
export const CLAIMABLE: Record<Reach, string> = { one: claimable('one'), many: claimable('many') }

/** That nothing but bars may keep a job from a host. */
export const CLAIMABLE_SOMEWHERE: Record<Reach, string> = {
  one: claimable('one', ['host_barred']),
  many: claimable('many', ['host_barred']),
}

function claimable(reach: Reach, except: readonly string[] = []): string {
  const obstacles = Object.entries(OBSTACLES).filter(([name]) => !except.includes(name))
  return [IN_SCOPE[reach], ...obstacles.map(([, obstacle]) => isFree(obstacle))].join('\n  and ')
}
