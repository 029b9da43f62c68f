import { makeBacklog, makeWorker } from '../backlog.ts'
import { makeSprint } from '../held-jobs.ts'
import type { TestServer } from '../server.ts'

/** A claim as somebody in the model knows it, live or not. */
export interface KnownClaim {
  owner: Owner
  job_id: string
  claim_token: string
  branch: string
  base_sha: string | null
  executionIds: string[]
}

export type Owner = Awaited<ReturnType<typeof makeOwner>>

/** Two people with a product each, their agents, and every claim that anybody was ever given. */
export interface World extends Pick<TestServer, 'db' | 'server'> {
  owners: Owner[]
  claims: KnownClaim[]
  /** Counts the commits that were made up. */
  commits: number
}

/** A world in which nothing has happened yet. */
export async function makeWorld({ db, server, person }: TestServer): Promise<World> {
  const owners = [await makeOwner(person), await makeOwner(person)]
  return { db, server, owners, claims: [], commits: 0 }
}

async function makeOwner(person: TestServer['person']) {
  const { api, userId } = await person()
  const backlog = await makeBacklog(api, { stories: 3, tasks: 2 })
  const sprint = await makeSprint(api, { product: backlog.product, stories: backlog.stories.slice(0, 2) })
  const workers = [await makeWorker(api), await makeWorker(api), await makeWorker(api)]
  return { api, userId, ...backlog, sprint, workers, runIds: [] as string[], jobIds: new Set<string>() }
}

/** A commit that nobody has made before. */
export function newCommit(world: World): string {
  world.commits += 1
  return world.commits.toString(16).padStart(40, '0')
}
