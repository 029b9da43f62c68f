import { and, eq } from 'drizzle-orm'
import type { PoolClient } from 'pg'
import { orm, type Queryable } from '../database.ts'
import { CLOCK } from '../schema/columns.ts'
import { hosts, workers } from '../schema.ts'

/** Records a host of the user as seen; false when the id belongs to another user. */
export async function recordHost(
  client: PoolClient,
  host: { id: string; userId: string; name: string; version: string },
): Promise<boolean> {
  const seen = { name: host.name, version: host.version, lastSeenAt: CLOCK }
  const rows = await orm(client)
    .insert(hosts)
    .values({ ...host, lastSeenAt: CLOCK })
    .onConflictDoUpdate({ target: hosts.id, set: seen, setWhere: eq(hosts.userId, host.userId) })
    .returning({ id: hosts.id })
  return rows.length > 0
}

/** Adds a worker of a host. */
export async function insertWorker(
  client: PoolClient,
  worker: Omit<typeof workers.$inferInsert, 'lastSeenAt'>,
): Promise<void> {
  await orm(client)
    .insert(workers)
    .values({ ...worker, lastSeenAt: CLOCK })
}

/** Marks a worker of the user and its host as seen; returns the host's id, or null for a worker unknown to the user. */
export async function touchWorker(on: Queryable, userId: string, workerId: string): Promise<string | null> {
  const { rows } = await on.query<{ id: string }>({
    name: 'touch-worker',
    text: `with worker as (
        update workers set last_seen_at = scrum4me_now() where id = $1 and user_id = $2 returning host_id)
      update hosts set last_seen_at = scrum4me_now() from worker where hosts.id = worker.host_id returning hosts.id`,
    values: [workerId, userId],
  })
  return rows[0]?.id ?? null
}

/** The name of one of the user's hosts, or null. */
export async function readHostName(on: Queryable, userId: string, hostId: string): Promise<string | null> {
  const [row] = await orm(on)
    .select({ name: hosts.name })
    .from(hosts)
    .where(and(eq(hosts.id, hostId), eq(hosts.userId, userId)))
  return row?.name ?? null
}

/** The host of one of the user's workers, or null. */
export async function readWorkerHost(on: Queryable, userId: string, workerId: string): Promise<string | null> {
  const [row] = await orm(on)
    .select({ hostId: workers.hostId })
    .from(workers)
    .where(and(eq(workers.id, workerId), eq(workers.userId, userId)))
  return row?.hostId ?? null
}
