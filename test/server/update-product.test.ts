import { describe, expect, test } from 'vitest'
import { enqueueJobs, makeBacklog, makeWorker, takeJob } from '../support/backlog.ts'
import { failureOf } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { person } = await openTestServer()

describe('a product', () => {
  test('takes what is named, keeps what is not, and loses what is null', async () => {
    const { api } = await person()
    const { id: product_id } = await api.products.create({ name: 'Shop', definition_of_done: 'Tested.' })
    const change = { name: 'Store', repo_url: 'https://example.com/acme/store.git', preferred_model: 'claude-opus-5' }
    expect(await api.products.update({ product_id, ...change })).toMatchObject({
      ...change,
      definition_of_done: 'Tested.',
      thinking_budget_default: null,
    })
    const taken = await api.products.update({ product_id, definition_of_done: null, preferred_model: null })
    expect(taken).toMatchObject({ name: 'Store', definition_of_done: null, preferred_model: null })
  })

  test('H54 refuses a repository URL that holds a secret, or that no host could use', async () => {
    const { api } = await person()
    const { id: product_id } = await api.products.create({ name: 'Shop' })
    for (const repo_url of ['https://token@example.com/acme/shop.git', 'ext::sh -c x'])
      expect((await failureOf(api.products.update({ product_id, repo_url }))).code).toBe('VALIDATION_ERROR')
  })

  test('keeps its repository while jobs are queued in it', async () => {
    const { api } = await person()
    const { product, firstTask } = await makeBacklog(api)
    const { job_id } = await api.jobs.dispatch({ task_id: firstTask.id })
    const wish = { product_id: product.id, repo_url: 'https://example.com/acme/store.git' }
    expect((await failureOf(api.products.update(wish))).code).toBe('CONFLICT')
    expect(await api.products.list({})).toMatchObject([{ repo_url: null }])
    await api.jobs.cancel({ job_id })
    expect(await api.products.update(wish)).toMatchObject({ repo_url: wish.repo_url })
  })

  test('H19 that is archived is listed apart, gives out no job and ends claims; taken up again it goes on', async () => {
    const { api } = await person()
    const [jobId] = await enqueueJobs(api, 2)
    const { workerId } = await makeWorker(api)
    const { hold } = await takeJob(api, workerId)
    expect(hold.job_id).toBe(jobId)
    const [product] = await api.products.list({})
    const product_id = product?.id ?? ''
    const { archived_at } = await api.products.update({ product_id, archived: true })
    expect(archived_at).not.toBeNull()
    expect(await api.products.update({ product_id, archived: true })).toMatchObject({ archived_at })
    expect(await api.products.list({})).toEqual([])
    expect(await api.products.list({ archived: true })).toMatchObject([{ id: product_id }])
    expect((await failureOf(api.jobs.renew(hold))).code).toBe('PERMISSION_DENIED')
    expect((await api.jobs.get({ job_id: hold.job_id })).status).toBe('cancelled')
    expect(await api.jobs.claim({ worker_id: workerId, wait_ms: 0 })).toEqual({ offer: null })
    await api.products.update({ product_id, archived: false })
    expect((await api.jobs.claim({ worker_id: workerId, wait_ms: 0 })).offer).not.toBeNull()
  })

  test('H52 of somebody else is not there', async () => {
    const { api } = await person()
    const { id: product_id } = await api.products.create({ name: 'Shop' })
    const stranger = await person()
    expect((await failureOf(stranger.api.products.update({ product_id, name: 'Mine' }))).code).toBe('NOT_FOUND')
    expect(await api.products.list({})).toMatchObject([{ name: 'Shop' }])
  })
})
