import { AppError } from '../errors.ts'
import { fromApi } from '../host/flows/api-error.ts'

/** What a failed command tells its reader: what happened, and what to do next. */
export function failureOf(error: unknown): { message: string; hint: string } {
  // citty's own errors are about the words of the command line.
  if (error instanceof Error && error.name === 'CLIError')
    return { message: error.message, hint: 'Run it with --help to see what it takes.' }
  const { code, message, hint } = error instanceof AppError ? error : fromApi(error)
  return { message: `${code}: ${message}`, hint }
}
