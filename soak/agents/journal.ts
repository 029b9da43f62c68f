import { appendFileSync } from 'node:fs'
import { join } from 'node:path'

interface About {
  slot: string
  life: number
  job: string
  attempt: number
}
export type Entry =
  /** The agent was given a job, or, by `resume`, given it again. */
  | ({ what: 'claimed'; worktree: string; branch: string; resumed: boolean } & About)
  /** A file stands in the worktree, whole. */
  | ({ what: 'wrote'; path: string; blob: string } & About)
  /** A commit is about to be made, and was made. */
  | ({ what: 'commits'; subject: string } & About)
  | ({ what: 'committed'; subject: string; sha: string } & About)
  /** The agent reports, and the report was taken. */
  | ({ what: 'reports'; status: string } & About)
  | ({ what: 'reported'; status: string; headSha: string | null } & About)
  /** A call was refused. */
  | { what: 'told'; slot: string; life: number; tool: string; code: string; text: string }
  /** Something that no agent should meet. */
  | { what: 'strange'; slot: string; life: number; text: string }
  | { what: 'struck'; target: string; how: string; hit: boolean }
/** An entry as it stands in the journal. */
export type Written = Entry & { at: number }

/** What the agents did and were told, kept in memory for the findings and in a file for people. */
export interface Journal {
  write(entry: Entry): void
  entries: readonly Written[]
}

export function openJournal(folder: string): Journal {
  const entries: Written[] = []
  const file = join(folder, 'logs', 'journal.jsonl')
  return {
    entries,
    write(entry) {
      const written = { at: Date.now(), ...entry }
      entries.push(written)
      appendFileSync(file, `${JSON.stringify(written)}\n`)
    },
  }
}

/** The entries of one kind. */
export function entriesOf<What extends Entry['what']>(
  { entries }: Journal,
  what: What,
): Extract<Written, { what: What }>[] {
  return entries.filter((entry): entry is Extract<Written, { what: What }> => entry.what === what)
}
