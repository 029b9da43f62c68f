import { setTimeout as sleep } from 'node:timers/promises'
import type { Soak } from '../stage/soak.ts'
import { type Claimed, WaitAnswer } from './claimed.ts'
import { type Connection, call, connect, HostGone, Refusal } from './connection.ts'
import { entriesOf } from './journal.ts'
import type { Slot } from './slot.ts'
import { workOn } from './work-on.ts'

const WAIT_SECONDS = 20
const REST_MS = 300

/** Starts an agent and its host at a place again and again, whatever becomes of them, until the soak is over. */
export async function runAgent(soak: Soak, slot: Slot): Promise<void> {
  const { signal } = soak.over
  while (!signal.aborted) {
    try {
      await live(soak, slot)
    } catch (error) {
      if (!(error instanceof HostGone) && !signal.aborted) noteStrange(soak, slot, error)
    }
    const connection = slot.connection
    slot.connection = null
    slot.doing = 'away'
    await connection?.client.close().catch((error: unknown) => noteStrange(soak, slot, error))
    await sleep(Math.max(REST_MS, slot.backAt - Date.now()), undefined, { signal }).catch(() => undefined)
  }
}

/** One agent: it waits for jobs and works on them until its host has gone. */
async function live(soak: Soak, slot: Slot): Promise<void> {
  const connection = await connect(slot)
  const hangUp = () => void connection.client.close()
  soak.over.signal.addEventListener('abort', hangUp, { once: true })
  try {
    while (!soak.over.signal.aborted && !connection.gone.signal.aborted) await doNext(soak, slot, connection)
  } finally {
    soak.over.signal.removeEventListener('abort', hangUp)
  }
}

async function doNext(soak: Soak, slot: Slot, connection: Connection): Promise<void> {
  const { resume } = slot
  slot.resume = null
  slot.doing = 'waiting'
  const job = await waitForJob(soak, slot, connection, resume)
  if (!job) return
  slot.doing = 'working'
  const goesOn = resume !== null || wasGiven(soak, slot, job)
  await workOn(soak, slot, connection, { job, goesOn })
}

async function waitForJob(
  soak: Soak,
  slot: Slot,
  connection: Connection,
  resume: Slot['resume'],
): Promise<Claimed | null> {
  const input = { wait_seconds: WAIT_SECONDS, ...(resume && { resume }) }
  try {
    const answer = await call(soak, slot, connection, ['wait_for_job', input, WaitAnswer])
    return answer.status === 'claimed' ? answer : null
  } catch (error) {
    // A set-up that failed is told to the agent, which then waits for the next job.
    if (error instanceof Refusal) return null
    throw error
  }
}

/** Whether this very agent was given the job before, in the same attempt. */
function wasGiven({ journal }: Soak, slot: Slot, { job_id, attempt }: Claimed): boolean {
  return entriesOf(journal, 'claimed').some(
    entry => entry.job === job_id && entry.attempt === attempt && entry.slot === slot.name && entry.life === slot.lives,
  )
}

function noteStrange({ journal }: Soak, slot: Slot, error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  journal.write({ what: 'strange', slot: slot.name, life: slot.lives, text })
}
