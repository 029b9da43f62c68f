import type { Offer } from '../../contract/work.ts'
import { findRepositoryRoot, type RepositoryRoot } from '../git/repository-root.ts'
import type { Host } from './host.ts'

/** Where on this host the repository of a job is; made by cloning where no root is named. */
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
  return findRepositoryRoot(host.git, await host.readRoots(), wanted, signal)
}
