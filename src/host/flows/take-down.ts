import { removeWorktree } from '../git/remove-worktree.ts'
import { type ClaimedWorktree, rescueWorktree } from '../git/rescue.ts'
import { isThere } from '../git/worktree-path.ts'
import { dropEquipment, readEquipment } from '../kit/equipment.ts'
import { fromApi } from './api-error.ts'
import type { Host } from './host.ts'

/**
 * Saves what a worktree holds, runs the cleanup commands of its kit, removes it, and frees what it was given. Returns
 * the rescue ref, or null when all was on origin; `onSaved` hears it before anything goes, and stops that by throwing.
 */
export async function takeDown(
  host: Host,
  worktree: ClaimedWorktree,
  onSaved?: (ref: string) => Promise<void>,
): Promise<string | null> {
  const saved = await tidyUp(host, worktree)
  const tell = onSaved && ((ref: string) => onSaved(saved ?? ref))
  const late = await removeWorktree(host.git, {
    ...worktree,
    worktreesDir: host.worktreesDir,
    ...(tell && { onSaved: tell }),
  })
  await dropEquipment(host.roots.dataDir, worktree)
  return saved ?? late
}

/** Best effort; the work is saved before any command of the kit can touch it. */
async function tidyUp(host: Host, worktree: ClaimedWorktree): Promise<string | null> {
  const { path: cwd } = worktree
  try {
    const equipment = await readEquipment(host.roots.dataDir, worktree)
    if (equipment?.path !== cwd || !(await isThere(cwd))) return null
    const { cleanup, timeouts } = equipment.kit
    if (cleanup.length === 0) return null
    const saved = await rescueWorktree(host.git, worktree)
    for (const command of cleanup) {
      const limit = { timeoutMs: timeouts.cleanup * 1000 }
      const { passed, output } = await host.runCommand({ command, cwd, env: equipment.env, ...limit })
      if (!passed) host.log.warn({ command, cwd, output: output.slice(-1_000) }, 'a cleanup command failed')
    }
    return saved
  } catch (error) {
    host.log.warn({ err: fromApi(error), cwd }, 'the cleanup commands could not be run')
    return null
  }
}
