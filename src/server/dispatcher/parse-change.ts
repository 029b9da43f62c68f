import { z } from 'zod'

const Change = z.object({ type: z.string(), user_id: z.string(), status: z.string().optional() })

/** Changes after which a job may be claimable that was not before: it came, came back, or left its lane. */
const OPENING: Record<string, readonly string[]> = {
  claude_job_status: ['queued', 'done', 'failed', 'skipped', 'cancelled'],
  sprint_run_status: ['queued', 'running'],
}

/** The user whose queue a notification may have opened; null when it opens none or cannot be read. */
export function userOfOpening(payload: string): string | null {
  const change = Change.safeParse(parseJson(payload))
  if (!change.success) return null
  const { type, status, user_id } = change.data
  const opens = type === 'claude_job_enqueued' || (OPENING[type]?.includes(status ?? '') ?? false)
  return opens ? user_id : null
}

function parseJson(payload: string): unknown {
  try {
    return JSON.parse(payload)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
