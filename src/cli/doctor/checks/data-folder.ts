import { access, constants, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isThere } from '../../../host/git/worktree-path.ts'
import { type Check, type Finding, ok, trouble, warning } from '../check.ts'
import { sizeOf } from '../size.ts'

const LITTLE = 1_000_000_000

export const dataFolder: Check = {
  name: 'folders',
  run: async ({ config }) => {
    if (config instanceof Error) return []
    return Promise.all([
      look('data', config.dataDir, 'SCRUM4ME_DATA_DIR'),
      look('worktrees', config.worktreesDir, 'SCRUM4ME_AGENT_WORKTREE_DIR'),
    ])
  },
}

async function look(what: string, folder: string, variable: string): Promise<Finding> {
  const present = await nearest(folder)
  try {
    await access(present, constants.W_OK | constants.X_OK)
    const { bavail, bsize } = await statfs(present)
    const free = `${sizeOf(bavail * bsize)} free`
    if (bavail * bsize >= LITTLE) return ok(`The folder for ${what}, ${folder}: ${free}.`)
    return warning(`The disk of the folder for ${what}, ${folder}, is nearly full: ${free}.`, 'Make room on that disk.')
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    return trouble(
      `The folder for ${what}, ${folder}, cannot be written to${reason}.`,
      `Let this user write to ${present}, or name another folder in ${variable}.`,
    )
  }
}

/** A folder that is not there yet is made in the nearest one that is. */
async function nearest(folder: string): Promise<string> {
  return (await isThere(folder)) || dirname(folder) === folder ? folder : nearest(dirname(folder))
}
