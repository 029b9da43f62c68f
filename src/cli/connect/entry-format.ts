import type { TextChange } from '../files/text-change.ts'
import type { Connection } from './connection.ts'

/** Where and how a file of one kind holds the entry for us. Reading what cannot be understood is a SyntaxError. */
export interface EntryFormat {
  empty: string
  /** The change that makes the entry this one; null when it is that already. */
  set(text: string, connection: Connection): TextChange | null
  /** The change that takes the entry away; null when there is none. */
  remove(text: string): TextChange | null
  /** The entry as it stands, or null. */
  read(text: string): string | null
  /** What a person would write into a file that has nothing else. */
  whole(connection: Connection): string
}
