import { describe, expect, test } from 'vitest'
import {
  type GateQuestion,
  VERIFY_REQUIREMENTS,
  VERIFY_RESULTS,
  type VerifyRequired,
  type VerifyResult,
  verifyGate,
} from '../../src/domain/verify-gate.ts'

type Condition = 'always' | 'never' | 'with a summary' | 'when it only verifies'

/** The whole gate: what each result is worth under each requirement. */
const GATE: Record<VerifyResult, Record<VerifyRequired, Condition>> = {
  ALIGNED: { ALIGNED: 'always', ALIGNED_OR_PARTIAL: 'always', ANY: 'always' },
  PARTIAL: { ALIGNED: 'never', ALIGNED_OR_PARTIAL: 'with a summary', ANY: 'always' },
  EMPTY: {
    ALIGNED: 'when it only verifies',
    ALIGNED_OR_PARTIAL: 'when it only verifies',
    ANY: 'when it only verifies',
  },
  DIVERGENT: { ALIGNED: 'never', ALIGNED_OR_PARTIAL: 'never', ANY: 'always' },
}
const SUMMARY = 'The second path had been changed by an earlier task.'
const QUESTION: GateQuestion = {
  result: 'ALIGNED',
  verifiedSha: 'a'.repeat(40),
  headSha: 'a'.repeat(40),
  required: 'ALIGNED_OR_PARTIAL',
  verifyOnly: false,
  summary: SUMMARY,
}

describe('the verify gate', () => {
  const table = VERIFY_RESULTS.flatMap(result =>
    VERIFY_REQUIREMENTS.map(required => ({ result, required, condition: GATE[result][required] })),
  )
  test.each(table)('$result passes for $required $condition', ({ result, required, condition }) => {
    for (const verifyOnly of [true, false])
      for (const summary of [SUMMARY, null]) {
        const allowed: Record<Condition, boolean> = {
          always: true,
          never: false,
          'with a summary': summary !== null,
          'when it only verifies': verifyOnly,
        }
        const answer = verifyGate({ ...QUESTION, result, required, verifyOnly, summary })
        expect(answer.allowed).toBe(allowed[condition])
        if (!answer.allowed) expect(answer.reason).toMatch(/\.$/)
      }
  })

  test('H57 without a result everything is refused', () => {
    for (const required of VERIFY_REQUIREMENTS)
      for (const verifyOnly of [true, false])
        expect(verifyGate({ ...QUESTION, result: null, verifiedSha: null, required, verifyOnly }).allowed).toBe(false)
  })

  test('H57 a result of another commit is refused, however good it is', () => {
    for (const result of VERIFY_RESULTS)
      for (const verifiedSha of ['b'.repeat(40), null])
        expect(verifyGate({ ...QUESTION, result, verifiedSha, required: 'ANY', verifyOnly: true }).allowed).toBe(false)
  })

  test('a partial result needs twenty characters of a summary, and the spaces around it do not count', () => {
    const ask = (summary: string | null) => verifyGate({ ...QUESTION, result: 'PARTIAL', summary }).allowed
    expect(ask('x'.repeat(20))).toBe(true)
    expect(ask('x'.repeat(19))).toBe(false)
    expect(ask(`   ${'x'.repeat(19)}   `)).toBe(false)
    expect(ask(null)).toBe(false)
  })
})
