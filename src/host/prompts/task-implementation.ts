import type { TaskContext } from '../../contract/task-work.ts'
import { earlierAttempts, leaseRule, numbered, type Place, paragraphs, placeRules, section } from './parts.ts'

/** What an agent is told about one task, in Markdown: what to do, where, by what it is judged, and how to end. */
export function taskPrompt(context: TaskContext, place: Place, silentSeconds: number | null): string {
  const { task, story, pbi, product, sprint } = context
  return paragraphs(
    `# ${task.code}: ${task.title}`,
    `You implement one task of ${product.name}: story ${story.code} (${story.title}) of ${pbi.code} (${pbi.title}).`,
    sprint && `The sprint's goal: ${sprint.goal}`,
    section('Task', task.description),
    section('Plan', task.implementation_plan),
    section('Story', story.description),
    section('Acceptance criteria', story.acceptance_criteria),
    section('Definition of done', product.definition_of_done),
    section('Feedback on the last attempt', context.feedback),
    earlierAttempts(context, place),
    section('How to work', numbered(rules(context, place, silentSeconds))),
  )
}

function rules(context: TaskContext, place: Place, silentSeconds: number | null): string[] {
  return [
    ...placeRules(context, place),
    'Call update_job_status with status "running" when you begin.',
    context.task.verify_only
      ? 'This task only verifies: change nothing, and say in the summary what you found.'
      : 'Follow the plan: change the files that it names, and no others without a reason. Commit everything that belongs to the task.',
    'Call verify_task_against_plan. Mend what it says is missing, and what its checks find, commit, and verify again.',
    'Call update_job_status with status "done" and a summary of what you did. The host pushes the branch for you.',
    'If it cannot be done, report "failed" with the error, or "skipped" with the reason. Your commits are kept.',
    leaseRule(context, silentSeconds),
    'Then call wait_for_job for the next job.',
  ]
}
