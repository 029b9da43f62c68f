import type { Offer } from '../../contract/work.ts'
import { giveEquipment } from '../kit/equipment.ts'
import { findKitCommit } from '../kit/find-kit-commit.ts'
import { includeFiles } from '../kit/include-files.ts'
import { readKit } from '../kit/read-kit.ts'
import type { Host } from './host.ts'
import { runSetUp } from './run-set-up.ts'

/**
 * Makes a fresh worktree fit for work, as its repository asks, or else its product: files that are not in git, an environment with ports of
 * its own, the set-up commands. Returns the environment.
 */
export async function equipWorktree(
  host: Host,
  offer: Offer,
  { root, path, ...start }: { root: string; path: string; baseSha: string; reusedBranch: boolean },
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const commit = await findKitCommit(host.git, root, start, signal)
  const kit = await readKit(host.git, { root, commit, productKit: offer.product_kit }, signal)
  const claim = { jobId: offer.job_id, claimNo: offer.attempt }
  const { env } = await giveEquipment(host.roots.dataDir, claim, { path, kit }, signal)
  const leftOut = await includeFiles(host.git, { root, path, commit, patterns: kit.include }, signal)
  if (leftOut.length > 0) host.log.warn({ leftOut: leftOut.slice(0, 20), path }, 'not every file could be included')
  await runSetUp(host, kit, { path, env }, signal)
  return env
}
