import type { Tool } from '../define-tool.ts'
import { createPbi, createStory, createTask, listProducts } from './backlog.ts'
import { health } from './health.ts'
import { jobHeartbeat } from './job-heartbeat.ts'
import { checkQueueEmpty, dispatchJob, getJob } from './jobs.ts'
import { createSprint, getSprintRun, startSprintRun } from './sprints.ts'
import { updateJobStatus } from './update-job-status.ts'
import { verifyTaskAgainstPlan } from './verify-task-against-plan.ts'
import { waitForJob } from './wait-for-job.ts'

/** Every tool, in the order in which clients list them; the order must not change between calls. */
export const TOOLS: readonly Tool[] = [
  waitForJob,
  updateJobStatus,
  jobHeartbeat,
  verifyTaskAgainstPlan,
  dispatchJob,
  checkQueueEmpty,
  getJob,
  startSprintRun,
  getSprintRun,
  listProducts,
  createPbi,
  createStory,
  createTask,
  createSprint,
  health,
]
