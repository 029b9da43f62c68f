import type { Offer } from '../../contract/work.ts'
import { findRepositoryRoot, type RepositoryRoot } from '../git/repository-root.ts'
import type { Host } from './host.ts'

/** Where on this host the repository of an offered job is; made by cloning where no root is named. */
export function locateRepository(host: Host, offer: Offer, signal: AbortSignal): Promise<RepositoryRoot> {
  const wanted = {
    productId: offer.product.id,
    productRepoUrl: offer.product.repo_url,
    taskRepoUrl: offer.task_repo_url,
  }
  return findRepositoryRoot(host.git, host.roots, wanted, signal)
}
