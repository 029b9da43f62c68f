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

/** V8's own words are not passed on: they quote the text, in which a token may stand. */
function parseText(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const before = text.slice(0, longestBeginning(text)).split('\n')
    const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`
    throw new AppError('CONFIG_INVALID', `${path} is not JSON: what is at ${place} cannot stand there.`)
  }
}

/** How much of a text can be the beginning of JSON; each beginning of such a one is one, too. */
function longestBeginning(text: string): number {
  let [good, bad] = [0, text.length + 1]
  while (good + 1 < bad) {
    const middle = Math.floor((good + bad) / 2)
    if (canGoOn(text.slice(0, middle))) good = middle
    else bad = middle
  }
  return good
}

/** Whether nothing is wrong with a text, or only that it ends: then V8 says so, or names the place after it. */
function canGoOn(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch (error) {
    const { message } = error instanceof SyntaxError ? error : { message: '' }
    return /end of JSON input|Unterminated/.test(message) || message.includes(`at position ${text.length}`)
  }
}
