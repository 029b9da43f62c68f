import { expect, test } from 'vitest'
import { idTail, sprintBranch, storyBranch } from '../../src/domain/branch-name.ts'
import { newId } from '../../src/server/store/new-id.ts'

test('a branch carries the last eight characters of its run or story', () => {
  expect(sprintBranch('run_01k0000000000000abcdefgh')).toBe('feat/sprint-abcdefgh')
  expect(storyBranch('story_01k0000000000000abcdefgh')).toBe('feat/story-abcdefgh')
})

test('H39 the tail of every new id is lower-case alphanumeric, so that it is safe in a branch name', () => {
  const tails = Array.from({ length: 2_000 }, () => idTail(newId('story')))
  for (const tail of tails) expect(tail).toMatch(/^[0-9a-z]{8}$/)
  expect(new Set(tails).size).toBe(tails.length)
})

test('ids of one kind sort by the time of their making', async () => {
  const ids: string[] = []
  for (let n = 0; n < 20; n++) {
    ids.push(newId('job'))
    const made = Date.now()
    while (Date.now() === made) await new Promise(setImmediate)
  }
  expect([...ids].sort()).toEqual(ids)
})
