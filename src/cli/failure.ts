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
  const { code, message, hint } = error instanceof AppError ? error : (fromFiles(error) ?? fromApi(error))
  return { message: `${code}: ${message}`, hint, status: code === 'ABORTED' ? 130 : 1 }
}

const FOLDERS = 'SCRUM4ME_DATA_DIR, SCRUM4ME_AGENT_WORKTREE_DIR and XDG_CONFIG_HOME choose other folders.'
const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: `Give this user the right to it; ${FOLDERS}`,
  EPERM: `Give this user the right to it; ${FOLDERS}`,
  EROFS: `It is on a disk that is read-only; ${FOLDERS}`,
  ENOTDIR: `A file is in the place of a folder: move it away; ${FOLDERS}`,
  EEXIST: `Something else is in its place: move it away; ${FOLDERS}`,
  ENOSPC: `Make room on the disk; ${FOLDERS}`,
  EDQUOT: `Make room within the quota; ${FOLDERS}`,
}

/** What a file or folder refused, named with its path; null for any other error. */
function fromFiles(error: unknown): AppError | null {
  if (!(error instanceof Error && 'code' in error && 'syscall' in error)) return null
  const remedy = REMEDIES[String(error.code)]
  return remedy ? new AppError('CONFIG_INVALID', error.message, { hint: remedy, cause: error }) : null
}
