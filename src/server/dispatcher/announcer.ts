import type { RecordedChange } from '../store/record-events.ts'

export interface Announcer {
  /** Tells every server of committed changes: the first at once, what follows within 10 ms together. */
  announce(changes: readonly RecordedChange[]): void
  /** Resolves when nothing is left to send. */
  flush(): Promise<void>
}

const PAUSE_MS = 10
/** More than this in one batch are told as one change per product: a reader looks into the outbox anyway. */
const MOST_PAYLOADS = 50

/** Sends notifications after the commit and from a connection of their own: inside a transaction each would take a
 * cluster-wide lock until the commit. A lost one costs time, never a change; the outbox is the truth. */
export function createAnnouncer(
  send: (payloads: string[]) => Promise<void>,
  onError: (error: unknown) => void,
): Announcer {
  let waiting: RecordedChange[] = []
  let sending: Promise<void> | null = null

  const drain = async () => {
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      await send(toPayloads(batch)).catch(onError)
      await new Promise(resolve => setTimeout(resolve, PAUSE_MS).unref())
    }
    sending = null
  }
  return {
    announce(changes) {
      waiting.push(...changes)
      if (waiting.length > 0) sending ??= drain()
    },
    flush: async () => {
      await sending
    },
  }
}

function toPayloads(changes: readonly RecordedChange[]): string[] {
  if (changes.length <= MOST_PAYLOADS) return changes.map(toPayload)
  const lastOfEach = new Map(
    changes.map(change => [[change.type, change.userId, change.productId, change.status].join(), change]),
  )
  return [...lastOfEach.values()].map(toPayload)
}

function toPayload(change: RecordedChange): string {
  return JSON.stringify({
    type: change.type,
    event_id: String(change.eventId),
    job_id: change.jobId,
    task_id: change.taskId,
    sprint_run_id: change.sprintRunId,
    user_id: change.userId,
    product_id: change.productId,
    status: change.status,
  })
}
