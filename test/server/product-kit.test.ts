import { describe, expect, test } from 'vitest'
import type { Kit } from '../../src/contract/kit.ts'
import { AGENT_SCOPES } from '../../src/domain/permissions.ts'
import { makeBacklog, makeWorker } from '../support/backlog.ts'
import { makeSprint, takeOffer } from '../support/held-jobs.ts'
import { outcomeOf } from '../support/procedures.ts'
import { dumpRows, failureOf, readRow } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person } = await openTestServer()
const KIT: Kit = { setup: ['npm ci'], checks: ['npm test'], timeouts: { checks: 1200 }, ports: 2 }

/** Who changed the kits of a product, in order. */
async function changersOf(productId: string): Promise<string[]> {
  const { rows } = await db.pool.query<{ user_id: string }>(
    `select user_id from events where product_id = $1 and type = 'product_kit' order by id`,
    [productId],
  )
  return rows.map(row => row.user_id)
}

describe('the kit of a product', () => {
  test('is empty at first, is what was set last, as a whole, and is read by whoever reads the product', async () => {
    const { api } = await person()
    const { id: product_id } = await api.products.create({ name: 'Shop' })
    expect(await api.products.getKit({ product_id })).toEqual({ product_id, kit: {} })
    expect(await api.products.setKit({ product_id, kit: KIT })).toEqual({ product_id, kit: KIT })
    const { token } = await api.tokens.create({ name: 'board', scopes: ['read'] })
    expect(await server.client(token).products.getKit({ product_id })).toEqual({ product_id, kit: KIT })
    await api.products.setKit({ product_id, kit: { cleanup: ['npm run down'] } })
    expect((await api.products.getKit({ product_id })).kit).toEqual({ cleanup: ['npm run down'] })
    await api.products.setKit({ product_id, kit: {} })
    expect((await api.products.getKit({ product_id })).kit).toEqual({})
  })

  test('H64 is set by members with the scope person alone, each time with an event that names them', async () => {
    const [owner, member, stranger] = [await person(), await person(), await person()]
    const { id: product_id } = await owner.api.products.create({ name: 'Shop' })
    await db.pool.query('insert into product_members (product_id, user_id) values ($1, $2)', [
      product_id,
      member.userId,
    ])
    const agent = await owner.api.tokens.create({ name: 'agent', scopes: [...AGENT_SCOPES] })
    const machines = await owner.api.tokens.create({ name: 'machines', worker: true, product_ids: [product_id] })
    const before = await dumpRows(db.pool)
    const wish = { product_id, kit: KIT }
    for (const { token } of [agent, machines])
      expect(await failureOf(server.client(token).products.setKit(wish))).toMatchObject({ code: 'PERMISSION_DENIED' })
    expect(await failureOf(stranger.api.products.setKit(wish))).toMatchObject({ code: 'NOT_FOUND' })
    expect(await dumpRows(db.pool)).toEqual(before)
    await member.api.products.setKit(wish)
    await owner.api.products.setKit(wish)
    expect(await changersOf(product_id)).toEqual([member.userId, owner.userId])
    await db.pool.query('delete from product_members where user_id = $1', [member.userId])
    expect(await failureOf(member.api.products.setKit(wish))).toMatchObject({ code: 'NOT_FOUND' })
  })

  test('is not changed when its event cannot be written', async () => {
    const { api } = await person()
    const { id: product_id } = await api.products.create({ name: 'Shop' })
    await db.pool.query('alter table events rename to away')
    expect(await failureOf(api.products.setKit({ product_id, kit: KIT }))).toMatchObject({ code: 'INTERNAL_ERROR' })
    await db.pool.query('alter table away rename to events')
    expect((await api.products.getKit({ product_id })).kit).toEqual({})
    expect(await changersOf(product_id)).toEqual([])
  })

  test.each<[string, object, string]>([
    ['a key that there is not', { teardown: ['x'] }, 'teardown'],
    ['a time limit that there is not', { timeouts: { check: 2 } }, 'check'],
    ['a time limit above the highest', { timeouts: { setup: 841 } }, 'setup'],
    ['an empty command', { checks: ['npm test', ' '] }, 'checks'],
    ['two lines in a pattern', { include: ['a\nb'] }, 'one line'],
    ['too many ports', { ports: 101 }, 'ports'],
    ['too many commands', { cleanup: Array(21).fill('true') }, 'cleanup'],
  ])('with %s is refused by name, and nothing is changed', async (_, kit, name) => {
    const { api } = await person()
    const { id: product_id } = await api.products.create({ name: 'Shop' })
    const refusal = { code: 'VALIDATION_ERROR', message: expect.stringContaining(name) }
    expect(await outcomeOf(api, 'products.setKit', { product_id, kit })).toMatchObject(refusal)
    expect(await readRow(db.pool, 'products', product_id)).toMatchObject({ kit: {} })
  })
})

describe('a host is told the kit of the product', () => {
  test('with the offer, before it makes the worktree, and with a claim that it takes over; its agent is not', async () => {
    const { api } = await person()
    const { product, firstTask } = await makeBacklog(api)
    await api.products.setKit({ product_id: product.id, kit: KIT })
    await api.jobs.dispatch({ task_id: firstTask.id })
    const { workerId, hostId } = await makeWorker(api)
    const { offer, hold, worktree } = await takeOffer(api, workerId)
    expect(offer.product_kit).toEqual(KIT)
    expect(JSON.stringify(await api.jobs.attach({ ...hold, ...worktree }))).not.toContain('npm ci')
    await api.products.setKit({ product_id: product.id, kit: { checks: ['npm run all'] } })
    const other = await makeWorker(api, hostId)
    const taken = await api.jobs.takeOver({ ...hold, worker_id: other.workerId })
    expect(taken.product_kit).toEqual({ checks: ['npm run all'] })
  })

  test('for a whole sprint', async () => {
    const { api } = await person()
    const backlog = await makeBacklog(api, { tasks: 2 })
    await api.products.setKit({ product_id: backlog.product.id, kit: KIT })
    await api.sprints.startRun({ sprint_id: (await makeSprint(api, backlog)).id, execution: 'BATCH' })
    const { offer } = await takeOffer(api, (await makeWorker(api)).workerId)
    expect(offer).toMatchObject({ kind: 'SPRINT_IMPLEMENTATION', product_kit: KIT })
  })

  test.each([
    ['of the product’s repository, spelled in another way', 'git@example.com:Acme/shop.git', KIT],
    ['of another repository, which has a kit of its own only', 'https://example.com/acme/mail.git', {}],
  ])('for a task %s', async (_, repo_url, expected) => {
    const { api } = await person()
    const { product, stories } = await makeBacklog(api, { repoUrl: 'https://example.com/acme/shop' })
    await api.products.setKit({ product_id: product.id, kit: KIT })
    const task = await api.backlog.createTask({ story_id: stories[0]?.id ?? '', title: 'Elsewhere', repo_url })
    await api.jobs.dispatch({ task_id: task.id })
    const { offer } = await takeOffer(api, (await makeWorker(api)).workerId)
    expect(offer.product_kit).toEqual(expected)
  })
})
