import { randomBytes } from 'node:crypto'
import { z } from 'zod'

/** How large a soak is, and the seed that all its decisions are drawn from. */
export interface SoakOptions {
  seed: string
  /** For how long things are killed, in ms; what is left of the work is done after that. */
  killMs: number
  hosts: number
  jobs: number
  /** Leaves the folder there also when everything holds. */
  keep: boolean
}

const Variables = z.object({
  SOAK_SEED: z.string().trim().min(1).optional(),
  SOAK_MINUTES: z.coerce.number().positive().max(600).default(5),
  SOAK_HOSTS: z.coerce.number().int().min(1).max(200).default(20),
  SOAK_JOBS: z.coerce.number().int().min(1).max(20_000).default(500),
  SOAK_KEEP: z.string().optional(),
})

/** Reads SOAK_SEED, SOAK_MINUTES, SOAK_HOSTS, SOAK_JOBS and SOAK_KEEP; throws when one is not what it should be. */
export function readOptions(env: Record<string, string | undefined>): SoakOptions {
  const variables = Variables.parse(env)
  return {
    seed: variables.SOAK_SEED ?? randomBytes(4).toString('hex'),
    killMs: variables.SOAK_MINUTES * 60_000,
    hosts: variables.SOAK_HOSTS,
    jobs: variables.SOAK_JOBS,
    keep: Boolean(variables.SOAK_KEEP),
  }
}

/** The variables that make the same soak again. */
export function replayLine({ seed, killMs, hosts, jobs }: SoakOptions): string {
  return `SOAK_SEED=${seed} SOAK_MINUTES=${killMs / 60_000} SOAK_HOSTS=${hosts} SOAK_JOBS=${jobs} npm run soak`
}
