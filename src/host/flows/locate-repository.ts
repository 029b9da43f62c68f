import type { Offer } from '../../contract/work.ts'
import { mendRecords } from '../git/mend-records.ts'
import { findRepositoryRoot, type RepositoryRoot } from '../git/repository-root.ts'
import { fromApi } from './api-error.ts'
import type { Host } from './host.ts'
import { OwnConfigInvalid } from './own-config-invalid.ts'

/**
 * Where on this host the repository of a job is; made by cloning where no root is named; what a killed git left
 * in the way there is removed.
 */
export async function locateRepository(
  host: Host,
  offer: Pick<Offer, 'product' | 'task_repo_url'>,
  signal?: AbortSignal,
): Promise<RepositoryRoot> {
  const wanted = {
    productId: offer.product.id,
    productRepoUrl: offer.product.repo_url,
    taskRepoUrl: offer.task_repo_url,
  }
  const roots = await host.readRoots().catch((error: unknown) => {
    throw new OwnConfigInvalid(fromApi(error))
  })
  const root = await findRepositoryRoot(host.git, roots, wanted, signal)
  await mendRoot(host, root.path)
  return root
}

/** What a killed git has begun there would be in the way of clean-ups. */
async function mendRoot({ git, worktreesDir, roots: { dataDir }, log }: Host, root: string): Promise<void> {
  const { stdout } = await git.run(root, ['rev-parse', '--path-format=absolute', '--git-common-dir'])
  const tell = (path: string) => log.warn({ path }, 'a worktree that a killed git had begun was removed')
  await mendRecords({ dataDir, worktreesDir, tell }, stdout.replace(/\n$/, ''))
}
