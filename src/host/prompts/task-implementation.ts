import type { TaskContext } from '../../contract/work.ts'

interface Place {
  path: string
  env: Record<string, string>
}

/**
 * What an agent is told about one task, in Markdown: what to do, where, by what it is judged, and how to end. An agent
 * without a connection that shows it to be alive has to call in before `silentSeconds` are over.
 */
export function taskPrompt(context: TaskContext, place: Place, silentSeconds: number | null): string {
  const { task, story, pbi, product, sprint } = context
  return [
    `# ${task.code}: ${task.title}`,
    `You implement one task of ${product.name}: story ${story.code} (${story.title}) of ${pbi.code} (${pbi.title}).`,
    sprint && `The sprint's goal: ${sprint.goal}`,
    section('Task', task.description),
    section('Plan', task.implementation_plan),
    section('Story', story.description),
    section('Acceptance criteria', story.acceptance_criteria),
    section('Definition of done', product.definition_of_done),
    section('Feedback on the last attempt', context.feedback),
    earlierAttempts(context),
    `## How to work\n\n${rules(context, place, silentSeconds)
      .map((rule, index) => `${index + 1}. ${rule}`)
      .join('\n')}`,
  ]
    .filter(part => part)
    .join('\n\n')
}

function rules(
  { branch_name, task, heartbeat_interval_seconds }: TaskContext,
  { path, env }: Place,
  silentSeconds: number | null,
): string[] {
  return [
    `Work only inside \`${path}\`, on branch \`${branch_name}\`. Do not switch branches and do not push.`,
    ...(env.PORT
      ? [`Other jobs run on this machine: give what you start there \`${assignments(env)}\`, and use no other ports.`]
      : []),
    'Call update_job_status with status "running" when you begin.',
    task.verify_only
      ? 'This task only verifies: change nothing, and say in the summary what you found.'
      : 'Follow the plan: change the files that it names, and no others without a reason. Commit everything that belongs to the task.',
    'Call verify_task_against_plan. Mend what it says is missing, and what its checks find, commit, and verify again.',
    'Call update_job_status with status "done" and a summary of what you did. The host pushes the branch for you.',
    'If it cannot be done, report "failed" with the error, or "skipped" with the reason. Your commits are kept.',
    silentSeconds === null
      ? `Before anything that is silent for longer than ${heartbeat_interval_seconds} seconds, call job_heartbeat.`
      : `Send job_id and claim_token with every call about this job. Each call keeps it yours for ${silentSeconds} seconds. Before anything that takes longer, call job_heartbeat with silent_seconds (7200 at the most).`,
    'Then call wait_for_job for the next job.',
  ]
}

function assignments(env: Record<string, string>): string {
  return Object.entries(env)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}

function earlierAttempts({ previous_attempts }: TaskContext): string | null {
  if (previous_attempts.length === 0) return null
  const lines = previous_attempts.map(({ claim_no, error, rescue_ref }) => {
    const work = rescue_ref ? ` Its work is kept: git log ${rescue_ref}` : ''
    return `- Attempt ${claim_no}: ${error ?? 'ended without a report.'}${work}`
  })
  return `## Earlier attempts\n\n${lines.join('\n')}`
}

function section(title: string, text: string | null): string | null {
  return text?.trim() ? `## ${title}\n\n${text.trim()}` : null
}
