import { describe, expect, test } from 'vitest'
import {
  effortFor,
  type KindDefaults,
  resolveAgentSettings,
  type SettingWishes,
} from '../../src/domain/agent-settings.ts'

const NO_WISH: SettingWishes = {
  requiresOpus: false,
  requestedModel: null,
  requestedThinkingBudget: null,
  requestedPermissionMode: null,
  preferredModel: null,
  thinkingBudgetDefault: null,
  preferredPermissionMode: null,
}
const OF_PRODUCT = {
  preferredModel: 'of-product',
  thinkingBudgetDefault: 100,
  preferredPermissionMode: 'plan',
} as const
const OF_JOB = { requestedModel: 'of-job', requestedThinkingBudget: 200, requestedPermissionMode: 'default' } as const

describe('how an agent runs a job', () => {
  test('without a wish it is the default of the kind', () => {
    expect(resolve({})).toEqual({
      model: 'claude-sonnet-5',
      thinkingBudget: 6000,
      effort: 'medium',
      permissionMode: 'bypassPermissions',
      maxTurns: 50,
      allowedTools: [],
      maxRunMinutes: 240,
    })
  })

  test('the product’s preference comes before the kind’s default', () => {
    expect(resolve(OF_PRODUCT)).toMatchObject({ model: 'of-product', thinkingBudget: 100, permissionMode: 'plan' })
  })

  test('the job’s wish comes before the product’s preference', () => {
    const settings = resolve({ ...OF_PRODUCT, ...OF_JOB })
    expect(settings).toMatchObject({ model: 'of-job', thinkingBudget: 200, permissionMode: 'default' })
  })

  test('a task that requires opus gets it before every other wish, and nothing else with it', () => {
    const settings = resolve({ ...OF_PRODUCT, ...OF_JOB, requiresOpus: true })
    expect(settings).toMatchObject({ model: 'claude-opus-5', thinkingBudget: 200, permissionMode: 'default' })
  })

  test('a budget of 0 is a wish, not the lack of one', () => {
    const settings = resolve({ requestedThinkingBudget: 0, thinkingBudgetDefault: 9000 })
    expect(settings).toMatchObject({ thinkingBudget: 0, effort: null })
  })

  test('a host may name other models, which its own defaults and “requires opus” then mean', () => {
    const overrides = { models: { opus: 'my-opus' }, kind: { modelClass: 'opus', maxTurns: null } } as const
    expect(resolveAgentSettings('TASK_IMPLEMENTATION', NO_WISH, overrides)).toMatchObject({
      model: 'my-opus',
      maxTurns: null,
      thinkingBudget: 6000,
    })
    const required = { ...NO_WISH, requiresOpus: true }
    expect(resolveAgentSettings('TASK_IMPLEMENTATION', required, overrides).model).toBe('my-opus')
  })

  test('a host’s defaults of a kind come after every wish', () => {
    const kind: Partial<KindDefaults> = { thinkingBudget: 1, permissionMode: 'acceptEdits', allowedTools: ['Bash'] }
    const settings = resolveAgentSettings('TASK_IMPLEMENTATION', { ...NO_WISH, ...OF_PRODUCT }, { kind })
    expect(settings).toMatchObject({ thinkingBudget: 100, permissionMode: 'plan', allowedTools: ['Bash'] })
  })

  test.each([
    [0, null],
    [1, 'medium'],
    [6000, 'medium'],
    [6001, 'high'],
    [12000, 'high'],
    [12001, 'xhigh'],
    [24000, 'xhigh'],
    [24001, 'max'],
  ])('a budget of %i stands for the effort %s', (budget, effort) => {
    expect(effortFor(budget)).toBe(effort)
  })
})

function resolve(wishes: Partial<SettingWishes>) {
  return resolveAgentSettings('TASK_IMPLEMENTATION', { ...NO_WISH, ...wishes })
}
