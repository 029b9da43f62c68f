import { describe, expect, test } from 'vitest'
import { classifyDiff } from '../../src/domain/classify-diff.ts'

const PLAN = 'Change `src/cart.ts` and `src/sum.ts`.'

describe('the classifier', () => {
  test('no changed path is EMPTY, with a plan or without', () => {
    expect(verdict(PLAN, [])).toBe('EMPTY')
    expect(verdict(null, [])).toBe('EMPTY')
  })

  test('a plan that names no paths is ALIGNED up to 50 changed lines, and DIVERGENT above', () => {
    expect(verdict('Make it faster.', ['a.ts'], 50)).toBe('ALIGNED')
    expect(verdict('Make it faster.', ['a.ts'], 51)).toBe('DIVERGENT')
    expect(verdict(null, ['a.ts'], 50)).toBe('ALIGNED')
    expect(verdict('- and/or both\n- log it with `console.log`', ['a.ts'], 50)).toBe('ALIGNED')
  })

  test('with a plan that names paths the number of lines plays no part', () => {
    expect(verdict(PLAN, ['src/cart.ts', 'src/sum.ts'], 100_000)).toBe('ALIGNED')
  })

  test('none of the plan’s paths touched is DIVERGENT, some of them PARTIAL, all of them ALIGNED', () => {
    expect(verdict(PLAN, ['src/other.ts'])).toBe('DIVERGENT')
    expect(verdict(PLAN, ['src/cart.ts', 'src/other.ts'])).toBe('PARTIAL')
    expect(verdict(PLAN, ['src/cart.ts', 'src/sum.ts', 'src/other.ts'])).toBe('ALIGNED')
  })

  test('all covered, but three times as many paths and five beyond the plan, is DIVERGENT', () => {
    const covered = ['src/cart.ts', 'src/sum.ts']
    expect(verdict(PLAN, [...covered, ...others(3)])).toBe('ALIGNED')
    expect(verdict(PLAN, [...covered, ...others(4)])).toBe('ALIGNED')
    expect(verdict(PLAN, [...covered, ...others(5)])).toBe('DIVERGENT')
    expect(verdict('Change `a.ts`.', ['a.ts', ...others(4)])).toBe('ALIGNED')
  })

  test('five paths beyond a plan of three are not three times as many', () => {
    const plan = 'Change `a.ts`, `b.ts` and `c.ts`.'
    expect(verdict(plan, ['a.ts', 'b.ts', 'c.ts', ...others(5)])).toBe('ALIGNED')
    expect(verdict(plan, ['a.ts', 'b.ts', 'c.ts', ...others(6)])).toBe('DIVERGENT')
  })

  test('a rename counts under both of its names, and a deletion under its own', () => {
    expect(verdict('Rename `old.ts`.', ['old.ts', 'new.ts'])).toBe('ALIGNED')
    expect(verdict('Make `new.ts`.', ['old.ts', 'new.ts'])).toBe('ALIGNED')
    expect(verdict('Delete `old.ts`.', ['old.ts'])).toBe('ALIGNED')
  })

  test('a planned folder is covered by any path below it, and by none that only begins alike', () => {
    expect(verdict('Tidy `src/cart/`.', ['src/cart/deep/total.ts'])).toBe('ALIGNED')
    expect(verdict('Tidy `src/cart`.', ['src/cart/total.ts'])).toBe('ALIGNED')
    expect(verdict('Tidy `src/cart`.', ['src/cartography.ts'])).toBe('DIVERGENT')
  })

  test('a planned name without its folder is covered wherever the file lies, and by no longer name', () => {
    expect(verdict('Change `cart.ts`.', ['src/cart.ts'])).toBe('ALIGNED')
    expect(verdict('Change `cart.ts`.', ['src/shoppingcart.ts'])).toBe('DIVERGENT')
  })

  test('the answer names the missing and the further paths, in order', () => {
    const answer = classifyDiff(PLAN, { paths: ['b.ts', 'src/sum.ts', 'a.ts'], changedLines: 1 })
    expect(answer).toMatchObject({ result: 'PARTIAL', missingPaths: ['src/cart.ts'], extraPaths: ['b.ts', 'a.ts'] })
    expect(answer.reasoning).toContain('src/cart.ts')
  })
})

function verdict(plan: string | null, paths: string[], changedLines = 1) {
  return classifyDiff(plan, { paths, changedLines }).result
}

function others(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `other/${n}.ts`)
}
