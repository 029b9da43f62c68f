import { once } from 'node:events'
import pg from 'pg'

const POLL_MS = 5_000

/**
 * Waits as one does without a dispatcher: a connection for each waiter, which looks whenever anything is notified and
 * every 5 s. `onClaimed` hears of each row of plain_queue that one of them has taken; the result ends them.
 */
export async function openNaiveWaiters(
  url: string,
  count: number,
  onClaimed: (id: string) => void,
): Promise<() => Promise<void>> {
  const ends = await Promise.all(Array.from({ length: count }, () => openNaiveWaiter(url, onClaimed)))
  return async () => void (await Promise.all(ends.map(end => end())))
}

async function openNaiveWaiter(url: string, onClaimed: (id: string) => void): Promise<() => Promise<void>> {
  const client = new pg.Client(url)
  await client.connect()
  let last: Promise<void> = Promise.resolve()
  const look = () => {
    last = last.then(async () => {
      const id = await claimPlain(client)
      if (id) onClaimed(id)
    })
  }
  client.on('notification', look)
  await client.query('listen plain_queue')
  const timer = setInterval(look, POLL_MS)
  return async () => {
    clearInterval(timer)
    client.off('notification', look)
    await last
    const ended = once(client, 'end')
    await client.end()
    await ended
  }
}

async function claimPlain(client: pg.Client): Promise<string | null> {
  await client.query('begin')
  const { rows } = await client.query<{ id: string }>(
    `select id from plain_queue where status = 'QUEUED' order by id limit 1 for update skip locked`,
  )
  const [row] = rows
  if (row) await client.query(`update plain_queue set status = 'CLAIMED', claimed_at = now() where id = $1`, [row.id])
  await client.query('commit')
  return row?.id ?? null
}

/** Queues a row, and tells everybody. */
export async function enqueuePlain(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    `with added as (insert into plain_queue default values returning id)
     select id, pg_notify('plain_queue', id::text) from added`,
  )
  return rows[0]?.id ?? ''
}
