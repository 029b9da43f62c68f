import { mkdir } from 'node:fs/promises'
import { AppError } from '../../errors.ts'

/** Makes a folder of ours, with those above it, unless it is there; GIT_FAILED says why git could not work in it. */
export async function ensureFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new AppError('GIT_FAILED', `The folder ${path} could not be made: ${why}`, {
      hint: 'Let the user of this host write there (make room if the disk is full), or set SCRUM4ME_DATA_DIR to another folder.',
      cause,
    })
  }
}
