import { setTimeout as sleep } from 'node:timers/promises'
import type { z } from 'zod'
import { type Stream, streamOf } from '../random.ts'
import type { Soak } from '../stage/soak.ts'
import { type Claimed, nameOf } from './claimed.ts'
import { type Connection, call, HostGone } from './connection.ts'
import type { Slot } from './slot.ts'

/** An agent at work on a job. */
export interface Work<Job extends Claimed = Claimed> {
  soak: Soak
  slot: Slot
  connection: Connection
  job: Job
  /** Draws what the agent does; the same for the same job and attempt. */
  stream: Stream
  /** For the journal. */
  about: { slot: string; life: number; job: string; attempt: number }
}

export function beginWork(soak: Soak, slot: Slot, connection: Connection, job: Claimed): Work {
  const about = { slot: slot.name, life: slot.lives, job: job.job_id, attempt: job.attempt }
  const stream = streamOf(soak.options.seed, nameOf(job), job.attempt)
  return { soak, slot, connection, job, stream, about }
}

/** Calls a tool about the job. */
export function callAbout<Schema extends z.ZodType>(
  { soak, slot, connection, job }: Work,
  name: string,
  input: Record<string, unknown>,
  schema: Schema,
): Promise<z.output<Schema>> {
  return call(soak, slot, connection, [name, { job_id: job.job_id, ...input }, schema])
}

/** Lets so many seconds pass; HostGone when the host has ended meanwhile. */
export async function think({ connection }: Work, seconds: number): Promise<void> {
  const { signal } = connection.gone
  await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined)
  if (signal.aborted) throw new HostGone()
}
