import pLimit from 'p-limit'
import type { z } from 'zod'
import type { Config } from '../../../config.ts'
import type { ProductView } from '../../../contract/backlog.ts'
import { redactUrl } from '../../../domain/repository-url.ts'
import { fromApi } from '../../../host/flows/api-error.ts'
import { GitFailure } from '../../../host/git/git-failure.ts'
import { managedClonePath } from '../../../host/git/managed-clone.ts'
import { checkMayPush } from '../../../host/git/push.ts'
import { findLocalRoot, findRepositoryRoot, type RootSettings } from '../../../host/git/repository-root.ts'
import { isThere } from '../../../host/git/worktree-path.ts'
import { type Check, type Finding, ok, trouble, warning } from '../check.ts'
import type { Patient } from '../patient.ts'

type Product = z.infer<typeof ProductView>

/** Named like the branches that are pushed, because a forge may allow those alone. */
const TRIAL_BRANCH = 'feat/scrum4me-doctor'
const AT_ONCE = 4

export const repositories: Check = {
  name: 'repositories',
  run: async patient => {
    const { config, api, limit, terminal } = patient
    if (config instanceof Error) return []
    const client = await api(config.personToken)
    if (client instanceof Error) return []
    // A server that does not answer, or not to this token, is told elsewhere.
    const products = await client.products.list(undefined, { signal: limit() }).catch(() => [])
    const roots = { ...config, env: terminal.env }
    const few = pLimit(AT_ONCE)
    return Promise.all(products.map(product => few(() => look(patient, roots, product))))
  },
}

async function look(patient: Patient, roots: RootSettings & Config, product: Product): Promise<Finding> {
  const { name } = product
  try {
    const path = await findRoot(patient, roots, product)
    if (path === null) return await reach(patient, product)
    if (!patient.withPush) return ok(`${name}: ${path}`)
    await checkMayPush(patient.git, path, TRIAL_BRANCH, patient.limit())
    return ok(`${name}: ${path}, which may push.`)
  } catch (error) {
    const { code, message, hint, cause } = fromApi(error)
    const isSlow = code === 'ABORTED' || (cause instanceof GitFailure && cause.kind === 'timeout')
    if (isSlow)
      return warning(`${name}: its origin did not answer within 10 s.`, 'Look whether the network lets you through.')
    return trouble(`${name}: ${message}`, hint)
  }
}

/** Where it is on this machine; null when it will be cloned for its first job. */
async function findRoot(
  { git, limit }: Patient,
  roots: RootSettings,
  { id, repo_url }: Product,
): Promise<string | null> {
  const wanted = { productId: id, productRepoUrl: repo_url, taskRepoUrl: null }
  // Without a URL nothing is cloned, and what to do is said.
  if (repo_url === null) return (await findRepositoryRoot(git, roots, wanted, limit())).path
  const root = await findLocalRoot(git, roots, wanted, limit())
  if (root !== null) return root.path
  const clone = managedClonePath(roots.dataDir, repo_url)
  return (await isThere(clone)) ? clone : null
}

async function reach({ git, limit, withPush, terminal }: Patient, { name, repo_url }: Product): Promise<Finding> {
  const url = redactUrl(repo_url ?? '')
  if (withPush)
    await git.run(terminal.homeDir, ['ls-remote', '--quiet', '--', repo_url ?? '', 'HEAD'], { signal: limit() })
  return ok(`${name}: ${url} will be cloned for its first job.`)
}
