import type { Tool } from '../define-tool.ts'
import { createPbi, createStory, createTask, listProducts, updateTaskStatus } from './backlog.ts'
import { health } from './health.ts'
import { jobHeartbeat } from './job-heartbeat.ts'
import { cancelJob, checkQueueEmpty, dispatchJob, getJob, listJobs, retryJob } from './jobs.ts'
import { releaseJob } from './release-job.ts'
import {
  cancelSprintRun,
  createSprint,
  getSprintRun,
  pauseSprintRun,
  resumeSprintRun,
  startSprintRun,
} from './sprints.ts'
import { updateTaskExecution, verifySprintTask } from './task-executions.ts'
import { updateJobStatus } from './update-job-status.ts'
import { verifyTaskAgainstPlan } from './verify-task-against-plan.ts'
import { waitForJob } from './wait-for-job.ts'
import { cleanupMyWorktrees, listMyWorktrees } from './worktrees.ts'

/** Every tool, in the order in which clients list them; the order must not change between calls. */
export const TOOLS: readonly Tool[] = [
  waitForJob,
  updateJobStatus,
  jobHeartbeat,
  verifyTaskAgainstPlan,
  verifySprintTask,
  updateTaskExecution,
  releaseJob,
  dispatchJob,
  checkQueueEmpty,
  getJob,
  listJobs,
  cancelJob,
  retryJob,
  startSprintRun,
  getSprintRun,
  pauseSprintRun,
  resumeSprintRun,
  cancelSprintRun,
  listProducts,
  createPbi,
  createStory,
  createTask,
  updateTaskStatus,
  createSprint,
  listMyWorktrees,
  cleanupMyWorktrees,
  health,
]
