import { join } from 'node:path'
import { redactUrl, repositoryKey, repositoryName, sameRepository } from '../../domain/repository-url.ts'
import { AppError } from '../../errors.ts'
import type { Git } from './git.ts'
import { GitFailure } from './git-failure.ts'
import { inspectRepository, type Origin } from './inspect-repository.ts'
import { openManagedClone } from './managed-clone.ts'
import { exportable, findNamedRoot, type NamedRoot, type RootNames } from './named-roots.ts'

export interface RootSettings extends RootNames {
  /** Other spellings of a repository (ssh aliases, mirrors), by product id, repository name, URL or `host/owner/name`. */
  allowOrigin: Readonly<Record<string, readonly string[]>>
  dataDir: string
}
export interface WantedRepository {
  productId: string
  productRepoUrl: string | null
  /** Of a task that belongs to a repository of its own. */
  taskRepoUrl: string | null
}
export interface RepositoryRoot {
  path: string
  /** Its origin as written in its configuration, without user name and password. */
  url: string | null
  /** Whether it is a clone of ours. */
  managed: boolean
}

/**
 * The repository for a job, first hit: roots that a person named, `~/Projects/<name>` if that is the one, our own clone.
 * REPO_NOT_CONFIGURED when a named root is another repository or none can be had; a task's is never the product's.
 */
export async function findRepositoryRoot(
  git: Git,
  settings: RootSettings,
  wanted: WantedRepository,
  signal?: AbortSignal,
): Promise<RepositoryRoot> {
  const local = await findLocalRoot(git, settings, wanted, signal)
  if (local !== null) return local
  const { url } = toGoal(wanted)
  if (url === null) throw nothingNamed(wanted.productId)
  const path = await openManagedClone(git, settings.dataDir, url, signal)
  return { path, url: redactUrl(url), managed: true }
}

/** The same without a clone of ours: null when a job would make one. */
export async function findLocalRoot(
  git: Git,
  settings: RootSettings,
  wanted: WantedRepository,
  signal?: AbortSignal,
): Promise<RepositoryRoot | null> {
  const goal = toGoal(wanted)
  const first = findNamedRoot(settings, goal.variable, goal.key)
  if (first !== null) return openNamed(git, settings, goal, first, signal)
  const guessed = await openGuessed(git, settings, goal, signal)
  if (guessed !== null) return guessed
  const products = goal.isProducts ? findNamedRoot(settings, wanted.productId, wanted.productId) : null
  return products && openNamed(git, settings, goal, products, signal)
}

interface Goal {
  url: string | null
  /** What a person names a root by: the repository of a task, else the product. */
  key: string
  variable: string
  name: string | null
  productId: string
  /** A task may name the product's own repository; then the product's root is right as well. */
  isProducts: boolean
}

function toGoal({ productId, productRepoUrl, taskRepoUrl }: WantedRepository): Goal {
  if (taskRepoUrl === null) {
    const name = productRepoUrl === null ? null : repositoryName(productRepoUrl)
    return { url: productRepoUrl, key: productId, variable: productId, name, productId, isProducts: true }
  }
  const name = repositoryName(taskRepoUrl)
  const isProducts = productRepoUrl !== null && sameRepository(taskRepoUrl, productRepoUrl)
  return { url: taskRepoUrl, key: name, variable: `REPO_${name}`, name, productId, isProducts }
}

async function openNamed(
  git: Git,
  settings: RootSettings,
  goal: Goal,
  { path, source }: NamedRoot,
  signal: AbortSignal | undefined,
): Promise<RepositoryRoot> {
  const origin = await inspectRepository(git, path, signal)
  if (origin === null || !isWanted(settings, goal, origin)) throw notIt(goal, { path, source }, origin)
  const [url] = origin.fetch.written
  return { path, url: url === undefined ? null : redactUrl(url), managed: false }
}

function notIt({ url, key }: Goal, { path, source }: NamedRoot, origin: Origin | null): AppError {
  const wanted = url === null ? 'the repository' : redactUrl(url)
  const clone = `Clone ${wanted} there, or correct ${source}.`
  const allow = `Correct ${source}, or add the spelling to allowOrigin[${JSON.stringify(key)}] in ~/.scrum4me-agent-config.json.`
  const add = `Run \`git remote add origin …\` there for ${wanted}, or correct ${source}.`
  const refuse = (fault: string, hint: string) =>
    new AppError('REPO_NOT_CONFIGURED', `${source} names ${path}, which ${fault}.`, { hint })
  if (origin === null) return refuse('is not the top folder of a git repository', clone)
  if (origin.fetch.written.length === 0) return refuse('has no remote called origin', add)
  return refuse(`is a clone of ${describe(origin)}, not of ${wanted}`, allow)
}

/** Nobody named this folder, so whatever is wrong with it, it is passed over. */
async function openGuessed(git: Git, settings: RootSettings, goal: Goal, signal: AbortSignal | undefined) {
  if (goal.name === null) return null
  const path = join(settings.homeDir, 'Projects', goal.name)
  try {
    const origin = await inspectRepository(git, path, signal)
    if (origin === null || !isWanted(settings, goal, origin)) return null
    return { path, url: redactUrl(origin.fetch.written[0] ?? ''), managed: false }
  } catch (cause) {
    if (cause instanceof GitFailure && cause.kind === 'exit') return null
    throw cause
  }
}

/** What is fetched and what is pushed to must both be the repository, as written or as `insteadOf` turns it. */
function isWanted(settings: RootSettings, goal: Goal, { fetch, push }: Origin): boolean {
  const { url } = goal
  if (url === null) return true
  const isIt = (origin: string | undefined) => origin !== undefined && isAllowed(settings, goal, url, origin)
  const isFetched = isIt(fetch.written[0]) || isIt(fetch.used[0])
  return isFetched && (push.written.every(isIt) || push.used.every(isIt))
}

function isAllowed({ allowOrigin }: RootSettings, goal: Goal, url: string, origin: string): boolean {
  if (sameRepository(origin, url)) return true
  const names = [goal.key, goal.name, repositoryKey(url, ''), ...(goal.isProducts ? [goal.productId] : [])]
  return Object.entries(allowOrigin)
    .filter(([key]) => names.includes(key) || sameRepository(key, url))
    .some(([, origins]) => origins.some(allowed => allowed === origin || sameRepository(allowed, origin)))
}

function describe({ fetch, push }: Origin): string {
  return [...new Set([...fetch.written.slice(0, 1), ...push.written])].map(redactUrl).join(' and ')
}

function nothingNamed(productId: string): AppError {
  return new AppError(
    'REPO_NOT_CONFIGURED',
    `The product ${productId} has no repository URL, and this host has no root for it.`,
    {
      hint: `Set repo_url of the product, ${exportable(`SCRUM4ME_REPO_ROOT_${productId}`)}, or repoRoots[${JSON.stringify(productId)}] in ~/.scrum4me-agent-config.json.`,
    },
  )
}
