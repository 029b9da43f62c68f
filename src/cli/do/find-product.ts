import { basename } from 'node:path'
import type { z } from 'zod'
import type { Config, Environment } from '../../config.ts'
import type { ProductView } from '../../contract/backlog.ts'
import type { ApiClient } from '../../contract/client.ts'
import { repositoryName, sameRepository } from '../../domain/repository-url.ts'
import { AppError } from '../../errors.ts'
import { findNamedRoot } from '../../host/git/named-roots.ts'
import type { Clone } from './find-clone.ts'

export type Product = z.infer<typeof ProductView>

/** The product of a clone: the one with its repository, or else a new one named after it. */
export async function findProduct(
  api: ApiClient,
  config: Config & { env: Environment },
  clone: Clone,
): Promise<{ product: Product; isNew: boolean }> {
  const [found, another] = (await api.products.list()).filter(product => isOf(product, config, clone))
  if (found && another)
    throw new AppError('CONFLICT', `${found.name} and ${another.name} are both products of this repository.`, {
      hint: `Say which one you mean: --product ${found.id} or --product ${another.id}.`,
    })
  if (found) return { product: found, isNew: false }
  const { url, root } = clone
  const name = (url === null ? basename(root) : repositoryName(url)).slice(0, 200)
  return { product: await api.products.create({ name, ...(url !== null && { repo_url: url }) }), isNew: true }
}

/** The caller's product with an id. */
export async function pickProduct(api: ApiClient, id: string): Promise<Product> {
  const product = (await api.products.list()).find(known => known.id === id)
  if (product) return product
  throw new AppError('NOT_FOUND', `There is no product ${id}.`, { hint: '`scrum4me product list` shows yours.' })
}

/** A product without a URL is known by the root that was named for it on this machine. */
function isOf({ id, repo_url }: Product, config: Config & { env: Environment }, { url, root }: Clone): boolean {
  if (url !== null) return repo_url !== null && sameRepository(repo_url, url)
  return repo_url === null && findNamedRoot(config, id, id)?.path === root
}
