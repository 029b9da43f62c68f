export const VERIFY_RESULTS = ['ALIGNED', 'PARTIAL', 'EMPTY', 'DIVERGENT'] as const
export type VerifyResult = (typeof VERIFY_RESULTS)[number]
export const VERIFY_REQUIREMENTS = ['ALIGNED', 'ALIGNED_OR_PARTIAL', 'ANY'] as const
export type VerifyRequired = (typeof VERIFY_REQUIREMENTS)[number]

export interface GateQuestion {
  result: VerifyResult | null
  verifiedSha: string | null
  headSha: string
  required: VerifyRequired
  verifyOnly: boolean
  summary: string | null
}
export type GateAnswer = { allowed: true } | { allowed: false; reason: string }

const PARTIAL_SUMMARY_LENGTH = 20

/** Whether work may be reported done: the verified commit must be the delivered one, and its result good enough. */
export function verifyGate(question: GateQuestion): GateAnswer {
  if (question.result === null) return refuse('Nothing has been verified yet.')
  if (question.verifiedSha !== question.headSha)
    return refuse('The branch has moved since it was verified, so the result is of another commit.')
  return GATE[question.result](question)
}

const GATE: Record<VerifyResult, (question: GateQuestion) => GateAnswer> = {
  ALIGNED: () => ({ allowed: true }),
  EMPTY: ({ verifyOnly }) =>
    verifyOnly ? { allowed: true } : refuse('Nothing was changed, and this task is not one that only verifies.'),
  DIVERGENT: ({ required }) =>
    required === 'ANY'
      ? { allowed: true }
      : refuse('The changes do not follow the plan. Bring them in line with it, or report failed and say why.'),
  PARTIAL: ({ required, summary }) => {
    if (required === 'ANY') return { allowed: true }
    if (required === 'ALIGNED') return refuse('Parts of the plan are missing, and this task must be aligned with it.')
    return (summary?.trim().length ?? 0) >= PARTIAL_SUMMARY_LENGTH
      ? { allowed: true }
      : refuse(`Parts of the plan are missing: say in a summary of ${PARTIAL_SUMMARY_LENGTH} characters or more why.`)
  },
}

function refuse(reason: string): GateAnswer {
  return { allowed: false, reason }
}
