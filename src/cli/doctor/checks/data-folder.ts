import { access, constants, statfs } from 'node:fs/promises'
import { sizeOf } from '../../../domain/size.ts'
import { freeBytes, nearestFolder } from '../../../host/flows/free-space.ts'
import { DEFAULT_LIMITS } from '../../../host/flows/host.ts'
import { type Check, type Finding, ok, trouble } from '../check.ts'

export const dataFolder: Check = {
  name: 'folders',
  run: async ({ config }) => {
    if (config instanceof Error) return []
    const least = config.minFreeBytes ?? DEFAULT_LIMITS.minFreeBytes
    return Promise.all([
      look('data', config.dataDir, 'SCRUM4ME_DATA_DIR', least),
      look('worktrees', config.worktreesDir, 'SCRUM4ME_AGENT_WORKTREE_DIR', least),
    ])
  },
}

async function look(what: string, folder: string, variable: string, least: number): Promise<Finding> {
  const present = await nearestFolder(folder)
  try {
    await access(present, constants.W_OK | constants.X_OK)
    const free = await freeBytes(statfs, folder)
    if (free === null) return ok(`The folder for ${what}, ${folder}: how much is free cannot be told.`)
    if (free >= least) return ok(`The folder for ${what}, ${folder}: ${sizeOf(free)} free.`)
    return trouble(
      `The disk of the folder for ${what}, ${folder}, has only ${sizeOf(free)} free: this machine takes no job below ${sizeOf(least)}.`,
      'Make room on that disk, or set SCRUM4ME_MIN_FREE_DISK lower.',
    )
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    return trouble(
      `The folder for ${what}, ${folder}, cannot be written to${reason}.`,
      `Let this user write to ${present}, or name another folder in ${variable}.`,
    )
  }
}
