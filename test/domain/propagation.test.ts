import { describe, expect, test } from 'vitest'
import { SPRINT_STATUSES } from '../../src/domain/backlog-lifecycle.ts'
import { pbiStatusFrom, sprintStatusAfterRun, storyStatusFrom } from '../../src/domain/propagation.ts'

describe('propagation', () => {
  test('one failed task fails its story, whatever the others are', () => {
    expect(storyStatusFrom(['DONE', 'FAILED', 'IN_PROGRESS'], true)).toBe('FAILED')
    expect(storyStatusFrom(['FAILED', 'EXCLUDED'], false)).toBe('FAILED')
  })

  test('a story is done when all its tasks are that are not excluded, one at least', () => {
    expect(storyStatusFrom(['DONE', 'DONE'], true)).toBe('DONE')
    expect(storyStatusFrom(['DONE', 'EXCLUDED'], false)).toBe('DONE')
    expect(storyStatusFrom(['EXCLUDED', 'EXCLUDED'], false)).toBe('OPEN')
    expect(storyStatusFrom([], true)).toBe('IN_SPRINT')
  })

  test('a story with work ahead is in its sprint, or open', () => {
    for (const status of ['TO_DO', 'IN_PROGRESS', 'REVIEW'] as const) {
      expect(storyStatusFrom(['DONE', status], true)).toBe('IN_SPRINT')
      expect(storyStatusFrom(['DONE', status], false)).toBe('OPEN')
    }
  })

  test('a PBI follows its stories, unless a person blocked it', () => {
    expect(pbiStatusFrom('READY', ['DONE', 'FAILED'])).toBe('FAILED')
    expect(pbiStatusFrom('FAILED', ['DONE', 'DONE'])).toBe('DONE')
    expect(pbiStatusFrom('DONE', ['DONE', 'OPEN'])).toBe('READY')
    expect(pbiStatusFrom('READY', [])).toBe('READY')
    expect(pbiStatusFrom('BLOCKED', ['DONE'])).toBe('BLOCKED')
    expect(pbiStatusFrom('BLOCKED', ['FAILED'])).toBe('BLOCKED')
  })

  test('a sprint fails with its run, and closes only when all its stories are done', () => {
    expect(sprintStatusAfterRun('OPEN', 'FAILED', ['DONE'])).toBe('FAILED')
    expect(sprintStatusAfterRun('OPEN', 'DONE', ['DONE', 'DONE'])).toBe('CLOSED')
    expect(sprintStatusAfterRun('OPEN', 'DONE', ['DONE', 'IN_SPRINT'])).toBe('OPEN')
  })

  test('a sprint that a person closed or archived meanwhile stays so when its run ends', () => {
    for (const present of SPRINT_STATUSES.filter(status => status !== 'OPEN'))
      for (const outcome of ['DONE', 'FAILED'] as const)
        expect(sprintStatusAfterRun(present, outcome, ['DONE'])).toBe(present)
  })
})
