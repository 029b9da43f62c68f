import { expect, test } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { isErrorCode } from '../../src/errors.ts'
import { remoteApi } from '../../src/host/remote/remote-api.ts'
import { makeBacklog, makeWorker } from '../support/backlog.ts'
import { SHA, takeOffer } from '../support/held-jobs.ts'
import { WORDS } from '../support/hostile-inputs.ts'
import { serveHttp } from '../support/http.ts'
import { openTestServer } from '../support/server.ts'

const { server, person } = await openTestServer()
const http = await serveHttp(server)

/** What an api makes of a call: its answer, or null when it was refused with a code that says why. */
async function stored<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    expect(isErrorCode(code), String(error)).toBe(true)
    expect(['INTERNAL_ERROR', 'SERVER_UNAVAILABLE', 'LEASE_LOST'], String(error)).not.toContain(code)
    return null
  }
}

test.each(WORDS.map(word => [JSON.stringify(word).slice(0, 40), word]))(
  'H39 %s in every text of the backlog and of a job’s life is kept as it is, or refused',
  async (_, word) => {
    const owner = await person()
    const api = remoteApi({ url: http.url, token: owner.token, version: '0.1.0-test', retries: 0 })
    await fillBacklog(api, word)
    await liveThrough(api, word)
    for (const { definition_of_done } of await api.products.list())
      if (definition_of_done !== null) expect(definition_of_done).toBe(Buffer.from(word).toString())
  },
)

async function fillBacklog(api: ApiClient, word: string): Promise<void> {
  const product = await stored(api.products.create({ name: 'Shop', definition_of_done: word, preferred_model: word }))
  await stored(api.products.create({ name: word }))
  await stored(api.products.create({ name: 'Mail', repo_url: word }))
  const product_id = product?.id ?? (await api.products.create({ name: 'Shop' })).id
  await stored(api.backlog.createPbi({ product_id, title: word, description: word }))
  const pbi = await api.backlog.createPbi({ product_id, title: 'Checkout' })
  await stored(api.backlog.createStory({ pbi_id: pbi.id, title: word, acceptance_criteria: word }))
  const story = await api.backlog.createStory({ pbi_id: pbi.id, title: 'Pay' })
  await stored(api.backlog.createTask({ story_id: story.id, title: word, implementation_plan: `\`${word}\`` }))
  await stored(api.sprints.create({ product_id, goal: word, story_ids: [story.id] }))
  await stored(api.tokens.create({ name: word }))
  await stored(api.hosts.register({ host_id: word, host_name: word, version: '0.1.0', worker_name: word }))
  await stored(api.hosts.register({ host_id: 'host_1', host_name: 'x', version: word, worker_name: 'x' }))
}

async function liveThrough(api: ApiClient, word: string): Promise<void> {
  const { firstTask } = await makeBacklog(api, { plan: `- ${word}\n\`${word}\`` }).catch(() => makeBacklog(api))
  await stored(api.jobs.dispatch({ task_id: firstTask.id, model: word }))
  await stored(api.jobs.dispatch({ task_id: firstTask.id }))
  const { workerId } = await makeWorker(api)
  const first = await takeOffer(api, workerId)
  await stored(api.jobs.giveBack({ ...first.hold, blame: 'nobody', reason: word }))
  const { hold, worktree } = await stillOffered(api, workerId, first)
  await stored(api.jobs.attach({ ...hold, ...worktree, worktree_path: word, branch: word }))
  await stored(api.jobs.attach({ ...hold, ...worktree, overrides: { kind: { allowed_tools: [word] } } }))
  await stored(api.jobs.attach({ ...hold, ...worktree, worktree_path: word }))
  await api.jobs.attach({ ...hold, ...worktree })
  const diff = { verified_sha: SHA.head, changed_lines: 1 }
  await stored(api.jobs.recordVerification({ ...hold, ...diff, changed_paths: [word, `a/${word}`] }))
  await api.jobs.recordVerification({ ...hold, ...diff, changed_paths: ['hello.js'] })
  await stored(api.jobs.deliver({ ...hold, head_sha: SHA.head, summary: word }))
  const { job_id } = hold
  await stored(api.jobs.recordRemains({ worker_id: workerId, job_id, attempt: 1, rescue_ref: word, removed: false }))
  await stored(api.jobs.settle({ ...hold, outcome: 'failed', error: word, summary: word }))
}

/** The same offer, unless the reason was taken and the claim went back. */
async function stillOffered(api: ApiClient, workerId: string, first: Awaited<ReturnType<typeof takeOffer>>) {
  const { job_id } = first.hold
  return (await api.jobs.get({ job_id })).status === 'queued' ? takeOffer(api, workerId) : first
}
