import { describe, expect, test } from 'vitest'
import {
  attemptsMade,
  judgeLapse,
  type LapsedJob,
  MAX_SETUP_FAILURES,
  setupBackOffSeconds,
} from '../../src/domain/attempts.ts'

const LEASED: LapsedJob = {
  attached: true,
  delivered: false,
  runEnded: false,
  retryCount: 0,
  maxAttempts: 3,
  setupFailures: 0,
}

describe('a job whose lease has ended', () => {
  test('H31 has as many attempts as it may, and its error states that number', () => {
    for (const maxAttempts of [1, 2, 3, 7]) {
      let made = 0
      for (;;) {
        const verdict = judgeLapse({ ...LEASED, maxAttempts, retryCount: made })
        made++
        if (verdict.to === 'QUEUED') continue
        expect(verdict).toMatchObject({ to: 'FAILED', charge: 'attempt' })
        expect(verdict.to === 'FAILED' && verdict.error).toContain(` ${made} attempt`)
        break
      }
      expect(made).toBe(maxAttempts)
    }
    expect(attemptsMade(1)).toContain('1 attempt:')
    expect(attemptsMade(2)).toContain('2 attempts:')
  })

  test('H23 an offer that lapsed is a failed set-up and no attempt, and the tenth fails the job', () => {
    const offer = { ...LEASED, attached: false, retryCount: 2 }
    for (let failures = 0; failures < MAX_SETUP_FAILURES - 1; failures++)
      expect(judgeLapse({ ...offer, setupFailures: failures })).toEqual({ to: 'QUEUED', charge: 'setup' })
    expect(judgeLapse({ ...offer, setupFailures: 9 })).toMatchObject({
      to: 'FAILED',
      charge: 'setup',
      error: expect.stringContaining('10 tries'),
    })
  })

  test('H58 a delivered job is charged but never failed by a lapsed lease', () => {
    const delivered = { ...LEASED, delivered: true, retryCount: 5 }
    expect(judgeLapse(delivered)).toEqual({ to: 'QUEUED', charge: 'attempt' })
  })

  test('H14 a job of an ended run is cancelled, unless it was delivered', () => {
    expect(judgeLapse({ ...LEASED, runEnded: true })).toEqual({ to: 'CANCELLED' })
    expect(judgeLapse({ ...LEASED, runEnded: true, attached: false })).toEqual({ to: 'CANCELLED' })
    expect(judgeLapse({ ...LEASED, runEnded: true, delivered: true }).to).toBe('QUEUED')
  })
})

test('H23 the back-off doubles from 30 seconds', () => {
  expect([0, 1, 2, 3, 8].map(setupBackOffSeconds)).toEqual([30, 60, 120, 240, 7680])
})
