import type { z } from 'zod'
import { AppError } from './errors.ts'

/**
 * Parses a JSON file by its schema; a missing file counts as `{}`. CONFIG_INVALID names the file with line and column
 * of what cannot be read, or the key that is unknown or wrong.
 */
export function parseJsonFile<Schema extends z.ZodType>(
  file: { path: string; text: string | null },
  schema: Schema,
): z.output<Schema> {
  const parsed = schema.safeParse(file.text === null ? {} : parseText(file.path, file.text))
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`)
  throw new AppError('CONFIG_INVALID', `${file.path} is not valid. ${issues.join('; ')}.`)
}

function parseText(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const at = offsetOf(error.message, text.length)
    const before = text.slice(0, at).split('\n')
    const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`
    throw new AppError('CONFIG_INVALID', `${path} is not JSON: ${error.message} (${place}).`, { cause: error })
  }
}

/** V8 names the offset, except at the end of the text. */
function offsetOf(message: string, length: number): number {
  const named = /at position (\d+)/.exec(message)?.[1]
  return named === undefined ? length : Number(named)
}
