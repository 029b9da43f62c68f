import { entriesOf, type Journal } from '../agents/journal.ts'
import { type Finding, finding } from './finding.ts'
import type { Board } from './read-board.ts'

/** A claim was one agent's, unless it came back for it. */
export function proveOneHolder(journal: Journal): Finding {
  const holders = new Map<string, string>()
  const wrong: string[] = []
  for (const { job, attempt, slot, life, resumed } of entriesOf(journal, 'claimed')) {
    const claim = `${job}, attempt ${attempt}`
    const holder = `${slot}, life ${life}`
    const before = holders.get(claim)
    if (before !== undefined && before !== holder && !resumed) wrong.push(`${claim}: ${before} and ${holder}`)
    holders.set(claim, holder)
  }
  return finding(`no claim was given to two agents (${holders.size})`, wrong)
}

/** What an agent was told of the end of its job is how the job ended. */
export function proveReports(journal: Journal, { jobs }: Board): Finding {
  const reports = entriesOf(journal, 'reported')
  const wrong = reports.flatMap(({ job, attempt, status, headSha }) => {
    const row = jobs.find(({ id }) => id === job)
    const isSo = row?.status === status.toUpperCase() && (status !== 'done' || row.head_sha === headSha)
    return isSo
      ? []
      : [`${job}, attempt ${attempt}: told ${status} at ${headSha}, is ${row?.status} at ${row?.head_sha}`]
  })
  return finding(`what agents were told of their jobs’ ends is so (${reports.length})`, wrong)
}

/** Codes that tell an agent what has happened; any other says that something is wrong with us. */
const EXPECTED = [
  'LEASE_LOST',
  'JOB_CANCELLED',
  'SERVER_UNAVAILABLE',
  'DELIVERY_CONFLICT',
  'VERIFY_REQUIRED',
  'ABORTED',
]

/** No agent met what no agent should. */
export function proveNothingStrange(journal: Journal): Finding {
  const told = entriesOf(journal, 'told').filter(({ code }) => !EXPECTED.includes(code))
  const strange = entriesOf(journal, 'strange')
  return finding('no agent met an error of ours', [
    ...told.map(({ slot, life, tool, text }) => `${slot}, life ${life}, ${tool}: ${text.replaceAll('\n', ' ')}`),
    ...strange.map(({ slot, life, text }) => `${slot}, life ${life}: ${text}`),
  ])
}
