import { type VerifyRequired, type VerifyResult, verifyGate } from '../../domain/verify-gate.ts'
import { AppError } from '../../errors.ts'
import type { Candidate } from './kinds/kind-rules.ts'

/** What is stored of a verification, and what was asked of it. */
export interface Verified {
  verifyResult: VerifyResult | null
  verifiedSha: string | null
  verifyRequired: VerifyRequired
  verifyOnly: boolean
}

/** Throws unless the commit is the verified one, its result good enough, and its checks green. */
export function assertVerified(verified: Verified, { headSha, summary, checks }: Candidate): void {
  const { verifyResult: result, verifiedSha, verifyRequired: required, verifyOnly } = verified
  const answer = verifyGate({ result, verifiedSha, headSha, required, verifyOnly, summary })
  if (!answer.allowed) {
    const stale = result === null || verifiedSha !== headSha
    throw new AppError(stale ? 'VERIFY_REQUIRED' : 'VERIFY_REFUSED', answer.reason)
  }
  const red = checks?.find(({ passed }) => !passed)
  if (red) throw new AppError('CHECKS_FAILED', `The check \`${red.command}\` failed on this commit.`)
}
