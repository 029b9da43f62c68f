import type { WorkContext } from '../../contract/work-order.ts'

type PreviousAttempt = WorkContext['previous_attempts'][number]

/** Where an agent works. */
export interface Place {
  path: string
  env: Record<string, string>
  /** The rescue refs of the job that are in its repository, by the number of the claim that left them. */
  kept: ReadonlyMap<number, readonly string[]>
}

/** The parts of a prompt that are there, each a paragraph of its own. */
export function paragraphs(...parts: (string | null | false | undefined)[]): string {
  return parts.filter(part => part).join('\n\n')
}

export function section(title: string, text: string | null): string | null {
  return text?.trim() ? `## ${title}\n\n${text.trim()}` : null
}

export function numbered(rules: readonly string[]): string {
  return rules.map((rule, index) => `${index + 1}. ${rule}`).join('\n')
}

/** Where to work, and what not to touch. */
export function placeRules({ branch_name }: Pick<WorkContext, 'branch_name'>, { path, env }: Place): string[] {
  const ports = `Other jobs run on this machine: give what you start there \`${assignments(env)}\`, and use no other ports.`
  return [
    `Work only inside \`${path}\`, on branch \`${branch_name}\`. Do not switch branches and do not push.`,
    ...(env.PORT ? [ports] : []),
  ]
}

/**
 * How to keep the job. An agent without a connection that shows it to be alive has to call in before `silentSeconds` are
 * over.
 */
export function leaseRule(
  { heartbeat_interval_seconds }: Pick<WorkContext, 'heartbeat_interval_seconds'>,
  silentSeconds: number | null,
): string {
  return silentSeconds === null
    ? `Before anything that is silent for longer than ${heartbeat_interval_seconds} seconds, call job_heartbeat.`
    : `Send job_id and claim_token with every call about this job. Each call keeps it yours for ${silentSeconds} seconds. Before anything that takes longer, call job_heartbeat with silent_seconds (7200 at the most).`
}

/** What attempts before this one left behind, and how to take it up. */
export function earlierAttempts(
  { previous_attempts }: Pick<WorkContext, 'previous_attempts'>,
  { kept }: Place,
): string | null {
  if (previous_attempts.length === 0) return null
  const lines = previous_attempts.map(
    attempt => `- Attempt ${attempt.claim_no}: ${attempt.error ?? 'ended without a report.'}${workOf(attempt, kept)}`,
  )
  const isWithinReach = kept.size > 0 || previous_attempts.some(({ on_origin }) => on_origin)
  return paragraphs('## Earlier attempts', lines.join('\n'), isWithinReach && TAKE_UP)
}

const TAKE_UP =
  'Look at kept work first (`git log -p HEAD..<ref>`) and take up what is good of it: `git merge <ref>` for all, `git cherry-pick <commit>` for parts.'

function workOf(attempt: PreviousAttempt, kept: Place['kept']): string {
  const here = kept.get(attempt.claim_no) ?? []
  const beside = here.filter(ref => ref !== attempt.rescue_ref)
  return lastState(attempt, here) + (beside.length === 0 ? '' : ` (kept beside it: ${beside.join(', ')})`)
}

function lastState({ rescue_ref: ref, on_origin, host }: PreviousAttempt, here: readonly string[]): string {
  if (ref === null) return ''
  if (here.includes(ref)) return ` Its work is kept: ${ref}`
  return on_origin
    ? ` Its work is kept on origin: git fetch origin ${ref}:${ref}`
    : ` Its work is kept on host ${host} only, out of reach from here: ${ref}`
}

function assignments(env: Record<string, string>): string {
  return Object.entries(env)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}
