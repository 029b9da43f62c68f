import { stripVTControlCharacters } from 'node:util'
import { AppError } from '../errors.ts'
import { fromApi } from '../host/flows/api-error.ts'

/** What a failed command tells its reader: what happened, what to do next, and the exit status. */
export function failureOf(error: unknown): { message: string; hint: string; status: number } {
  // citty's own errors are about the words of the command line.
  if (error instanceof Error && error.name === 'CLIError')
    return {
      message: stripVTControlCharacters(error.message),
      hint: 'Run it with --help to see what it takes.',
      status: 1,
    }
  const { code, message, hint } = error instanceof AppError ? error : fromApi(error)
  return { message: `${code}: ${message}`, hint, status: code === 'ABORTED' ? 130 : 1 }
}
