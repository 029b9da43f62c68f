import type { SprintContext } from '../../contract/sprint-work.ts'
import { earlierAttempts, leaseRule, numbered, type Place, paragraphs, placeRules, section } from './parts.ts'

type Execution = SprintContext['task_executions'][number]

/** What an agent is told about a whole sprint, in Markdown: its tasks in order, each with its plan, and how to go on. */
export function sprintPrompt(context: SprintContext, place: Place, silentSeconds: number | null): string {
  const { sprint, product, stories, task_executions: executions } = context
  const count = executions.length === 1 ? 'one task' : `${executions.length} tasks`
  return paragraphs(
    `# Sprint: ${sprint.goal}`,
    `You implement a sprint of ${product.name}: ${count}, one after another, all on one branch.`,
    section('Definition of done', product.definition_of_done),
    earlierAttempts(context, place),
    section('How to work', numbered(rules(context, place, silentSeconds))),
    ...stories.map(story => section(`Story ${story.code}: ${story.title}`, storyText(story))),
    ...executions.map(execution => section(heading(execution), taskText(execution))),
  )
}

function rules(context: SprintContext, place: Place, silentSeconds: number | null): string[] {
  return [
    ...placeRules(context, place),
    'Take the tasks strictly in the order below, and leave out those that are done or skipped already.',
    'For each: call update_task_execution with status "running". Follow its plan: change the files that it names, and no others without a reason. Commit everything that belongs to it, and nothing else.',
    'Then call verify_sprint_task with a summary of what you did. Mend what it says is missing, and what its checks find, commit, and verify again.',
    'Then call update_task_execution with status "done": the host pushes the branch, so that the finished task is safe. Its answer names the next one.',
    'What need not be done: status "skipped" with a reason. What cannot be done: status "failed" with a reason; then report the job failed.',
    'Between tasks look at sprint_run_status in the answer, or call job_heartbeat. When it is "paused", begin no further task: call release_job, then wait_for_job. When a call answers JOB_CANCELLED or LEASE_LOST, stop at once.',
    'When every task is done or skipped, call update_job_status with status "done" and a summary of the sprint.',
    leaseRule(context, silentSeconds),
    'Then call wait_for_job for the next job.',
  ]
}

function storyText({ description, acceptance_criteria }: SprintContext['stories'][number]): string {
  return paragraphs(description?.trim(), acceptance_criteria && `Acceptance criteria:\n\n${acceptance_criteria.trim()}`)
}

function heading({ order, code, title }: Execution): string {
  return `Task ${order}: ${code} ${title}`
}

function taskText({ execution_id, status, description, plan_snapshot, verify_only }: Execution): string {
  return paragraphs(
    `execution_id: ${execution_id}. Status: ${status}.`,
    verify_only && 'It only verifies: change nothing, and say in the summary what you found.',
    description?.trim(),
    plan_snapshot && `Plan:\n\n${plan_snapshot.trim()}`,
  )
}
