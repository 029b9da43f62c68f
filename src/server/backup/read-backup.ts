import { z } from 'zod'
import { AppError } from '../../errors.ts'
import { End, Head, TableStart } from './backup-format.ts'
import { readLines } from './read-lines.ts'

/** A part of a backup: its head, the beginning of a table, one of its rows, or its end. */
export type BackupPart =
  | { kind: 'head'; head: Head }
  | { kind: 'table'; table: TableStart }
  | { kind: 'row'; line: string }
  | { kind: 'end'; end: End }

/** The parts of a backup in their order; VALIDATION_ERROR when it is damaged, not whole, or none at all. */
export async function* readBackup(path: string): AsyncGenerator<BackupPart> {
  try {
    yield* parts(readLines(path))
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

/** Reads a backup from its beginning to its end, and returns what it says about itself. */
export async function inspectBackup(path: string): Promise<{ head: Head; tables: TableStart[] }> {
  const head = await readHead(path)
  const tables: TableStart[] = []
  for await (const part of readBackup(path)) if (part.kind === 'table') tables.push(part.table)
  return { head, tables }
}

/** The head of a backup, whatever follows. */
export async function readHead(path: string): Promise<Head> {
  for await (const part of readBackup(path)) if (part.kind === 'head') return part.head
  throw unreadable(path, new Error('it is empty'))
}

async function* parts(lines: AsyncGenerator<string>): AsyncGenerator<BackupPart> {
  let missing = 0
  let stage: 'head' | 'tables' | 'end' = 'head'
  for await (const line of lines) {
    if (stage === 'end') throw new Error('something follows its end')
    if (missing > 0) {
      missing--
      yield { kind: 'row', line }
    } else if (stage === 'head') {
      yield { kind: 'head', head: Head.parse(JSON.parse(line)) }
      stage = 'tables'
    } else {
      const part = z.union([TableStart, End]).parse(JSON.parse(line))
      if ('end' in part) {
        yield { kind: 'end', end: part }
        stage = 'end'
      } else {
        missing = part.rows
        yield { kind: 'table', table: part }
      }
    }
  }
  if (stage !== 'end') throw new Error('its end is missing')
}

function unreadable(path: string, cause: unknown): AppError {
  if (cause instanceof AppError) return cause
  const said =
    cause instanceof z.ZodError || cause instanceof SyntaxError ? 'it holds something else' : messageOf(cause)
  return new AppError('VALIDATION_ERROR', `${path} cannot be read as a backup: ${said}.`, {
    hint: 'Choose another one; `scrum4me backup list` shows what there is.',
    cause,
  })
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
