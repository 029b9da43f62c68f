import { describe, expect, test } from 'vitest'
import { pathsInPlan } from '../../src/domain/plan-paths.ts'

describe('the paths that a plan names', () => {
  test.each([
    ['Change `src/cart.ts`.', ['src/cart.ts']],
    ['Change `./src/cart.ts:12-40` and `src/cart.ts:7`.', ['src/cart.ts']],
    ['Everything in `src/cart/` and `docs/guide`.', ['src/cart/', 'docs/guide']],
    [
      'Write `README`, `Makefile`, `.env.local`, `.gitignore` and `.eslintrc.json`.',
      ['README', 'Makefile', '.env.local', '.gitignore', '.eslintrc.json'],
    ],
    ['See `.github/workflows/ci.yml`.', ['.github/workflows/ci.yml']],
    ['- src/cart.ts: add the total\n* docs/guide.md\n+ `src/sum.ts`', ['src/cart.ts', 'docs/guide.md', 'src/sum.ts']],
    ['1. src/cart.ts\n2) src/sum.ts (new)', ['src/cart.ts', 'src/sum.ts']],
    ['- [ ] src/cart.ts\n  - [x] src/sum.ts', ['src/cart.ts', 'src/sum.ts']],
    ['- hello.js\n- "quoted.md", then', ['hello.js', 'quoted.md']],
    ['- src/lib/Dockerfile', ['src/lib/Dockerfile']],
    ['`läden/straße.ts` and `app/[id]/page.tsx`', ['läden/straße.ts', 'app/[id]/page.tsx']],
  ])('%j names %j', (plan, paths) => {
    expect(pathsInPlan(plan)).toEqual(paths)
  })

  test.each([
    'Call `console.log` once, and `process.env` never.',
    'Use `.map` and `.filter`; rename all `.js` files.',
    'Run `npm test` and `git commit -m x`.',
    'Import `@scope/package`.',
    'Read `https://example.org/guide.html`, `/etc/passwd` and `../other/file.ts`.',
    '- and/or both\n- read/write access\n- client/server',
    '- Add a test.\n- Refactor\n* e.g. the cart\n1. First do this',
    'src/cart.ts is only mentioned in a sentence.',
    '`two\nlines.ts`',
    '``',
    '',
  ])('%j names none', plan => {
    expect(pathsInPlan(plan)).toEqual([])
  })

  test('each path is named once, in the order of the plan', () => {
    const plan = 'First `b.ts`.\n- a.ts\nThen `b.ts` and `./a.ts`, at last `c.ts:3`.'
    expect(pathsInPlan(plan)).toEqual(['b.ts', 'a.ts', 'c.ts'])
  })

  test('a plan of 200,000 hostile characters is read at once', () => {
    const begun = performance.now()
    for (const part of ['`', '- ', 'a/', '`a/', '.a', '-\t', '\n'])
      expect(pathsInPlan(part.repeat(200_000 / part.length)).length).toBeLessThan(2)
    expect(performance.now() - begun).toBeLessThan(2_000)
  })
})
