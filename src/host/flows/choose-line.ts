import type { Offer } from '../../contract/work.ts'
import type { LineState } from '../../domain/line-end.ts'
import { statusOf, wireWord } from '../../domain/wire-word.ts'
import { type JudgedLine, judgeLine } from '../git/judge-line.ts'
import type { Host } from './host.ts'

/** The offer on the branch that its work goes on, and what origin has just told of that. */
export interface OfferOnLine {
  offer: Offer
  origin: JudgedLine['origin']
}

/** Leaves lines that are over, one after another, before anything is made on them; each has a greater number. */
export async function chooseLine(host: Host, offer: Offer, root: string, signal: AbortSignal): Promise<OfferOnLine> {
  const state: LineState = statusOf(offer.line)
  const { end, origin } = await judgeLine(host.git, root, { branch: offer.branch, state }, signal)
  if (end === null) return { offer, origin }
  const hold = { job_id: offer.job_id, claim_token: offer.claim_token }
  const { branch } = await host.api.jobs.leaveLine({ ...hold, branch: offer.branch, reason: wireWord(end) })
  host.log.info({ jobId: offer.job_id, left: offer.branch, branch, reason: end }, 'the job goes on a new line')
  return chooseLine(host, { ...offer, branch, base_sha: null, line: 'new' }, root, signal)
}
