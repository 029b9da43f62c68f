import type { JobKind } from '../../../domain/job-kinds.ts'
import type { KindRules } from './kind-rules.ts'
import { sprintRules } from './sprint-implementation.ts'
import { taskRules } from './task-implementation.ts'

/** A kind without rules does not compile. */
export const KIND_RULES: Record<JobKind, KindRules> = {
  TASK_IMPLEMENTATION: taskRules,
  SPRINT_IMPLEMENTATION: sprintRules,
}
