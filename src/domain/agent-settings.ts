import type { JobKind } from './job-kinds.ts'

export const PERMISSION_MODES = ['plan', 'default', 'acceptEdits', 'bypassPermissions'] as const
export type PermissionMode = (typeof PERMISSION_MODES)[number]
export const EFFORTS = ['medium', 'high', 'xhigh', 'max'] as const
export type Effort = (typeof EFFORTS)[number]
export const MODEL_CLASSES = ['sonnet', 'opus'] as const
export type ModelClass = (typeof MODEL_CLASSES)[number]

/** How an agent is asked to run one job. */
export interface AgentSettings {
  model: string
  thinkingBudget: number
  effort: Effort | null
  permissionMode: PermissionMode
  maxTurns: number | null
  allowedTools: string[]
  /** The job is ended when its agent is at work for longer. */
  maxRunMinutes: number
}

export interface KindDefaults {
  modelClass: ModelClass
  thinkingBudget: number
  permissionMode: PermissionMode
  maxTurns: number | null
  allowedTools: string[]
  maxRunMinutes: number
}

/** Wishes from the most to the least specific; null means "no wish". */
export interface SettingWishes {
  requiresOpus: boolean
  requestedModel: string | null
  requestedThinkingBudget: number | null
  requestedPermissionMode: PermissionMode | null
  preferredModel: string | null
  thinkingBudgetDefault: number | null
  preferredPermissionMode: PermissionMode | null
}

/** Model names age, so a host's configuration may name others, and other defaults of a kind. */
export interface SettingOverrides {
  models?: Partial<Record<ModelClass, string>> | undefined
  kind?: Partial<KindDefaults> | undefined
}

const MODEL_IDS: Readonly<Record<ModelClass, string>> = { sonnet: 'claude-sonnet-5', opus: 'claude-opus-5' }
const KIND_DEFAULTS: Readonly<Record<JobKind, KindDefaults>> = {
  TASK_IMPLEMENTATION: {
    modelClass: 'sonnet',
    thinkingBudget: 6000,
    permissionMode: 'bypassPermissions',
    maxTurns: 50,
    allowedTools: [],
    maxRunMinutes: 240,
  },
  SPRINT_IMPLEMENTATION: {
    modelClass: 'sonnet',
    thinkingBudget: 6000,
    permissionMode: 'bypassPermissions',
    maxTurns: null,
    allowedTools: [],
    maxRunMinutes: 240,
  },
}

/** Resolves how an agent runs a job, first hit wins: task → job → product → the kind's default. */
export function resolveAgentSettings(
  kind: JobKind,
  wishes: SettingWishes,
  overrides: SettingOverrides = {},
): AgentSettings {
  const defaults = { ...KIND_DEFAULTS[kind], ...overrides.kind }
  const models = { ...MODEL_IDS, ...overrides.models }
  const thinkingBudget = wishes.requestedThinkingBudget ?? wishes.thinkingBudgetDefault ?? defaults.thinkingBudget
  const wishedModel = wishes.requestedModel ?? wishes.preferredModel
  return {
    model: wishes.requiresOpus ? models.opus : (wishedModel ?? models[defaults.modelClass]),
    thinkingBudget,
    effort: effortFor(thinkingBudget),
    permissionMode: wishes.requestedPermissionMode ?? wishes.preferredPermissionMode ?? defaults.permissionMode,
    maxTurns: defaults.maxTurns,
    allowedTools: defaults.allowedTools,
    maxRunMinutes: defaults.maxRunMinutes,
  }
}

/** The effort that stands for a thinking budget in tokens. */
export function effortFor(thinkingBudget: number): Effort | null {
  if (thinkingBudget === 0) return null
  if (thinkingBudget <= 6000) return 'medium'
  if (thinkingBudget <= 12000) return 'high'
  return thinkingBudget <= 24000 ? 'xhigh' : 'max'
}
