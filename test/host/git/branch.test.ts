import { expect, test } from 'vitest'
import { checkBranchName } from '../../../src/host/git/branch.ts'
import { makeMachine } from '../../support/repositories.ts'

/** Each on its own, at the start, in the middle and at the end of a name, and of a part of one. */
const PIECES = [
  '-',
  '.',
  '..',
  '/',
  '//',
  '.lock',
  '@',
  '@{',
  '{',
  ' ',
  '~',
  '^',
  ':',
  '?',
  '*',
  '[',
  ']',
  '\\',
  'HEAD',
  'é',
]
const NAMES = [
  ...new Set(PIECES.flatMap(piece => [piece, `${piece}a`, `a${piece}b`, `a${piece}`, `a/${piece}b`, `a${piece}/b`])),
]

test('H39 a name is taken for that of a branch exactly when git does', async () => {
  const { git, dir } = await makeMachine()
  const judge = async (name: string) => {
    const { stdout } = await git.run(dir, ['check-ref-format', '--branch', name], { okExitCodes: [0, 128, 129] })
    return [name, stdout === `${name}\n`] as const
  }
  const others = NAMES.filter(name => name !== '@')
  const own = others.map(name => [name, isTaken(name)] as const)
  expect(own).toEqual(await Promise.all(others.map(judge)))
})

/** The first is another name of HEAD, though git lets a branch be called so; control characters do no name any good. */
test.each(['@', '', '\0', 'a\0b', 'a\nb', 'a\u007f', 'a\u0085', 'a\ud800'])('H39 %j is no name of a branch', name => {
  expect(isTaken(name)).toBe(false)
})

function isTaken(name: string): boolean {
  try {
    checkBranchName(name)
    return true
  } catch (error) {
    expect(error).toMatchObject({ code: 'VALIDATION_ERROR' })
    return false
  }
}
