import { expect, test } from 'vitest'
import { joinKits } from '../../src/domain/kit.ts'

test('where neither the repository nor its product says anything, nothing is done, in times that suit most', () => {
  expect(joinKits({}, {})).toEqual({
    include: [],
    setup: [],
    cleanup: [],
    checks: [],
    timeouts: { setup: 600, cleanup: 60, checks: 900 },
    ports: 0,
  })
})

test('what the repository says counts, key by key and time limit by time limit, and the product’s for the rest', () => {
  const repository = { setup: ['make'], checks: [], timeouts: { setup: 5, checks: 7 }, ports: 0 }
  const product = {
    include: ['.env'],
    setup: ['npm ci'],
    cleanup: ['npm run down'],
    checks: ['npm test'],
    timeouts: { setup: 1, cleanup: 2 },
    ports: 3,
  }
  expect(joinKits(repository, product)).toEqual({
    include: ['.env'],
    setup: ['make'],
    cleanup: ['npm run down'],
    checks: [],
    timeouts: { setup: 5, cleanup: 2, checks: 7 },
    ports: 0,
  })
  expect(joinKits({}, product)).toEqual({ ...product, timeouts: { setup: 1, cleanup: 2, checks: 900 } })
})
