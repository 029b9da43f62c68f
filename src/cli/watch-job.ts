import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiClient } from '../contract/client.ts'
import { ExitStatus, INTERRUPTED } from './exit-status.ts'
import { EXIT_STATUS, followJob } from './follow-job.ts'
import { say, type Terminal } from './terminal.ts'

const BETWEEN_LOOKS_MS = 1_000

/** Prints each change of a job until its end, which is the command's exit status; as JSON, the job after each change. */
export async function watchJob(terminal: Terminal, api: ApiClient, jobId: string, json: boolean): Promise<void> {
  const { signal } = terminal
  const stamped = (line: string) => say(terminal, `${new Date().toTimeString().slice(0, 8)}  ${line}`)
  const watched = followJob(() => api.jobs.get({ job_id: jobId }, { signal }), {
    signal,
    tell: (job, changes) => (json ? say(terminal, JSON.stringify(job)) : changes.forEach(stamped)),
    tellAway: () => terminal.stderr.write('The server does not answer; asking again.\n'),
    pause: () => sleep(BETWEEN_LOOKS_MS, undefined, { signal }),
  })
  const job = await watched.catch((error: unknown) => {
    throw signal.aborted ? new ExitStatus(INTERRUPTED) : error
  })
  const status = EXIT_STATUS[job.status] ?? 0
  if (status !== 0) throw new ExitStatus(status)
}
