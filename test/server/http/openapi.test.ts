import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { makeBacklog, makeWorker } from '../../support/backlog.ts'
import { contractProcedures } from '../../support/contract-procedures.ts'
import { makeSprint, SHA } from '../../support/held-jobs.ts'
import { serveHttp } from '../../support/http.ts'
import { bearer, callRaw, failureIn } from '../../support/raw-http.ts'
import { openTestServer, type Person } from '../../support/server.ts'

const { server, person } = await openTestServer()
const http = await serveHttp(server)
const someone = await person()
const { api } = someone

/** A call of the REST door, as any program makes it. */
async function rest(method: string, path: string, body?: unknown, { token }: Pick<Person, 'token'> = someone) {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  const answer = await callRaw(`${http.url}/api${path}`, { method, headers: bearer(token), ...sent })
  return { status: answer.status, body: JSON.parse(answer.body) }
}

const Operation = z.object({
  operationId: z.string(),
  parameters: z
    .array(z.object({ name: z.string(), in: z.enum(['path', 'query']), schema: z.record(z.string(), z.unknown()) }))
    .default([]),
  requestBody: z.object({ content: z.object({ 'application/json': z.object({ schema: z.object({}) }) }) }).optional(),
  responses: z.object({
    200: z.object({
      content: z.partialRecord(z.enum(['application/json', 'text/event-stream']), z.object({ schema: z.object({}) })),
    }),
  }),
})
const Document = z.object({
  openapi: z.string().regex(/^3\.1\.\d$/),
  info: z.object({ title: z.literal('Scrum4Me'), version: z.literal('0.1.0-test') }),
  servers: z.tuple([z.object({ url: z.literal('/api') })]),
  security: z.tuple([z.object({ token: z.tuple([]) })]),
  components: z.object({ securitySchemes: z.object({ token: z.object({ type: z.literal('http') }) }) }),
  paths: z.record(z.string().startsWith('/'), z.partialRecord(z.enum(['get', 'post', 'delete']), Operation)),
})

describe('/api/openapi.json', () => {
  const operations = async () => {
    const { paths } = Document.parse(JSON.parse((await callRaw(`${http.url}/api/openapi.json`)).body))
    return Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, ...Operation.parse(operation) })),
    )
  }

  test('has an operation for each procedure of the contract, and no other', async () => {
    const described = (await operations()).map(({ operationId, method, path }) => `${operationId} ${method} ${path}`)
    const agreed = contractProcedures().map(({ name, method, path }) => `${name} ${method.toLowerCase()} ${path}`)
    expect(described.sort()).toEqual(agreed.sort())
  })

  test('names every part of a path, and each operation once', async () => {
    const all = await operations()
    for (const { path, parameters, operationId } of all) {
      const parts = [...path.matchAll(/\{(\w+)\}/g)].map(([, part]) => part)
      const named = parameters.filter(parameter => parameter.in === 'path').map(parameter => parameter.name)
      expect(named.sort(), operationId).toEqual(parts.sort())
    }
    expect(new Set(all.map(({ operationId }) => operationId)).size).toBe(all.length)
  })

  test('refers to nothing that is not in it', async () => {
    const { body } = await callRaw(`${http.url}/api/openapi.json`)
    const document = JSON.parse(body)
    for (const [, pointer] of body.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const found = pointer?.split('/').reduce((at, key) => at?.[key.replaceAll('~1', '/')], document)
      expect(found, pointer).toBeDefined()
    }
    expect(body).not.toMatch(/"\$ref":"[^#]/)
  })
})

describe('a call over REST answers what the typed client answers', () => {
  test('for what is made, and read by its id in the path', async () => {
    const made = await rest('POST', '/products', { name: 'Shop', repo_url: 'https://example.com/acme/shop.git' })
    expect(made).toEqual({ status: 200, body: (await api.products.list())[0] })
    const { firstTask } = await makeBacklog(api)
    const job = await rest('POST', '/jobs', { task_id: firstTask.id })
    expect(job.body).toEqual(await api.jobs.get({ job_id: job.body.job_id }))
    expect(await rest('GET', `/jobs/${job.body.job_id}`)).toEqual({ status: 200, body: job.body })
    const sprint = await makeSprint(api, await makeBacklog(api))
    const run = await rest('POST', '/sprint-runs', { sprint_id: sprint.id })
    expect(run).toEqual({ status: 200, body: await api.sprints.getRun({ sprint_run_id: run.body.id }) })
  })

  test('with numbers, truths and lists of a query read as what they are', async () => {
    const owner = await person()
    const { product, tasks } = await makeBacklog(owner.api, { stories: 3 })
    for (const task of tasks) await owner.api.jobs.dispatch({ task_id: task.id })
    const newest = await rest('GET', '/jobs?limit=2', undefined, owner)
    expect(newest).toEqual({ status: 200, body: await owner.api.jobs.list({ limit: 2 }) })
    expect(newest.body).toHaveLength(2)
    const query = `product_id=${product.id}&statuses[]=queued&statuses[]=running&limit=500`
    const statuses = ['queued', 'running'] as const
    expect((await rest('GET', `/jobs?${query}`, undefined, owner)).body).toEqual(
      await owner.api.jobs.list({ product_id: product.id, statuses: [...statuses], limit: 500 }),
    )
    expect((await rest('GET', '/jobs?statuses[0]=done', undefined, owner)).body).toEqual([])
    expect((await rest('GET', '/jobs?statuses=queued&statuses=done', undefined, owner)).body).toHaveLength(3)
    expect((await rest('GET', `/queue?product_id=${product.id}`, undefined, owner)).body).toEqual(
      await owner.api.jobs.checkQueue({ product_id: product.id }),
    )
  })

  test('for a claim, its lease and its end, with the job’s id in the path', async () => {
    const owner = await person()
    const { firstTask } = await makeBacklog(owner.api)
    await owner.api.jobs.dispatch({ task_id: firstTask.id })
    const { workerId } = await makeWorker(owner.api)
    const post = (path: string, body: unknown) => rest('POST', path, body, owner)
    const { offer } = (await post('/jobs/claim', { worker_id: workerId, wait_ms: 0 })).body
    const at = `/jobs/${offer.job_id}`
    const hold = { claim_token: offer.claim_token }
    const worktree = { worktree_path: '/w', branch: offer.branch, base_sha: SHA.base }
    expect((await post(`${at}/attach`, { ...hold, ...worktree })).body).toMatchObject({ job_id: offer.job_id })
    expect((await post(`${at}/renew`, hold)).body).toMatchObject({ lease_until: expect.any(String) })
    const settled = await post(`${at}/settle`, { ...hold, outcome: 'skipped', error: 'Nothing was to be done.' })
    expect(settled).toEqual({ status: 200, body: await owner.api.jobs.get({ job_id: offer.job_id }) })
    expect(settled.body).toMatchObject({ status: 'skipped' })
  })

  test('for a token that is ended by DELETE', async () => {
    const made = await rest('POST', '/tokens', { name: 'for a script', scopes: ['read'] })
    expect((await rest('GET', '/health', undefined, made.body)).status).toBe(200)
    expect(await rest('DELETE', `/tokens/${made.body.id}`)).toEqual({ status: 200, body: { revoked: true } })
    expect((await rest('GET', '/health', undefined, made.body)).status).toBe(401)
  })
})

describe('an error over REST has the status that HTTP has for it', () => {
  test.each([
    ['an unknown id', 'GET', '/jobs/job_1', undefined, 404, 'NOT_FOUND'],
    ['a number that is none', 'GET', '/jobs?limit=1e99', undefined, 400, 'VALIDATION_ERROR'],
    ['a word that is not in the list', 'GET', '/jobs?statuses[]=lost', undefined, 400, 'VALIDATION_ERROR'],
    ['a value that is missing', 'POST', '/tasks', {}, 400, 'VALIDATION_ERROR'],
    [
      'a repository that no host could use',
      'POST',
      '/products',
      { name: 'x', repo_url: 'ext::sh' },
      400,
      'VALIDATION_ERROR',
    ],
    ['a worker that is not known', 'POST', '/jobs/claim', { worker_id: 'worker_1', wait_ms: 0 }, 404, 'NOT_FOUND'],
  ])('%s', async (_, method, path, body, status, code) => {
    const answer = await rest(method, path, body)
    expect(answer).toMatchObject({ status, body: { status, code, data: { hint: expect.any(String) } } })
  })

  test('a second live job for one task is a conflict, and makes none', async () => {
    const { firstTask } = await makeBacklog(api)
    const calls = [1, 2].map(() => rest('POST', '/jobs', { task_id: firstTask.id }))
    expect((await Promise.all(calls)).map(({ status }) => status).sort()).toEqual([200, 409])
    expect((await api.jobs.list({ limit: 500 })).filter(job => job.task?.id === firstTask.id)).toHaveLength(1)
  })

  test('H52 another person’s job and one that does not exist answer alike', async () => {
    const { firstTask } = await makeBacklog(api)
    const { job_id } = await api.jobs.dispatch({ task_id: firstTask.id })
    const stranger = await person()
    const path = (id: string) => `${http.url}/api/jobs/${id}`
    const headers = bearer(stranger.token)
    const [real, none] = [
      failureIn(await callRaw(path(job_id), { headers })),
      failureIn(await callRaw(path('job_1'), { headers })),
    ]
    expect({ ...real, message: real.message.replace(job_id, 'job_1') }).toEqual(none)
  })
})
