import { readFile } from 'node:fs/promises'
import { AppError } from '../../errors.ts'

/** The text of a file that a person named; VALIDATION_ERROR says what it was to be, why it cannot be read, and what to give. */
export async function readNamedFile(file: string, { what, hint }: { what: string; hint: string }): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new AppError('VALIDATION_ERROR', `${what} ${file} cannot be read: ${reason}.`, { hint, cause })
  }
}
