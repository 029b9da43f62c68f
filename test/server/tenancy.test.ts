import { describe, expect, test } from 'vitest'
import { AGENT_SCOPES, TOKEN_SCOPES } from '../../src/domain/permissions.ts'
import { makeWorker } from '../support/backlog.ts'
import {
  idFieldsOf,
  inputOf,
  makeThings,
  type Outcome,
  outcomeOf,
  PROCEDURE_NAMES,
  rowOf,
  type Things,
} from '../support/procedures.ts'
import { dumpRows, failureOf } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person } = await openTestServer()

test('every procedure of the contract is among those that are tried', () => {
  expect(PROCEDURE_NAMES.map(name => typeof rowOf(name))).not.toHaveLength(0)
})

/** Whoever runs a host makes its id: an unknown one is new. */
const MAKES_ITS_ID = ['hosts.register']

describe('H52 an id of another user answers as one that does not exist, and nothing is changed by it', () => {
  const names = PROCEDURE_NAMES.filter(name => idFieldsOf(name).length > 0 && !MAKES_ITS_ID.includes(name))

  test.each(names)('%s', async name => {
    const [owner, stranger] = [await person(), await person()]
    const [theirs, mine] = [await makeThings(owner.api), await makeThings(stranger.api)]
    const unknown = asUnknown(theirs)
    const before = await dumpRows(db.pool, TOUCHED)
    for (const fields of [...idFieldsOf(name).map(field => [field]), [...idFieldsOf(name), 'claim_token']]) {
      const answers = await outcomeOf(stranger.api, name, inputOf(name, replace(mine, fields, theirs)))
      const none = await outcomeOf(stranger.api, name, inputOf(name, replace(mine, fields, unknown)))
      expect.soft(renamed(answers, theirs, unknown), fields.join()).toEqual(none)
    }
    expect(await dumpRows(db.pool, TOUCHED)).toEqual(before)
    const own = await outcomeOf(owner.api, name, inputOf(name, theirs))
    const none = await outcomeOf(stranger.api, name, inputOf(name, unknown))
    expect(renamed(own, theirs, unknown)).not.toEqual(none)
  })

  test('a host’s, which its machine makes up itself, is refused without a word about its owner', async () => {
    const [owner, stranger] = [await person(), await person()]
    const { hostId } = await makeWorker(owner.api)
    const before = await dumpRows(db.pool)
    expect(await failureOf(makeWorker(stranger.api, hostId))).toMatchObject({
      code: 'PERMISSION_DENIED',
      message: expect.not.stringContaining(owner.userId),
    })
    expect(await dumpRows(db.pool)).toEqual(before)
  })
})

/** A look for work is written down as the sign of life of the caller's own worker. */
const TOUCHED = ['workers', 'hosts']

test('H53 a demo account is refused at every procedure that writes, and changes nothing at those that read', async () => {
  const { api, userId } = await person()
  const things = await makeThings(api)
  await db.pool.query('update users set is_demo = true where id = $1', [userId])
  const before = await dumpRows(db.pool)
  for (const name of PROCEDURE_NAMES) {
    const { code } = await outcomeOf(api, name, inputOf(name, things))
    expect.soft(code, name).toBe(READING.includes(rowOf(name).scope) ? undefined : 'PERMISSION_DENIED')
  }
  expect(await dumpRows(db.pool)).toEqual(before)
})

const READING: readonly unknown[] = ['read', null]

describe('a token', () => {
  test.each(TOKEN_SCOPES)('without the scope "%s" is refused where that is needed, and nowhere else', async scope => {
    const { api } = await person()
    const things = await makeThings(api)
    const { token } = await api.tokens.create({
      name: 'limited',
      scopes: TOKEN_SCOPES.filter(other => other !== scope),
    })
    for (const name of PROCEDURE_NAMES) {
      const { code } = await outcomeOf(server.client(token), name, inputOf(name, things))
      expect.soft(code === 'PERMISSION_DENIED', `${name}: ${code}`).toBe(rowOf(name).scope === scope)
    }
  })

  test('H64 of an agent is refused at what a person decides, and changes nothing there', async () => {
    const { api } = await person()
    const things = await makeThings(api)
    const agent = await api.tokens.create({ name: 'agent' })
    expect(agent.scopes).toEqual(AGENT_SCOPES)
    const before = await dumpRows(db.pool)
    const decisions = PROCEDURE_NAMES.filter(name => rowOf(name).scope === 'person')
    expect(decisions).toContain('tokens.create')
    for (const name of decisions) {
      const { code } = await outcomeOf(server.client(agent.token), name, inputOf(name, things))
      expect.soft(code, name).toBe('PERMISSION_DENIED')
    }
    expect(await dumpRows(db.pool)).toEqual(before)
  })

  test('H52 for one product answers for things of another as for unknown ones', async () => {
    const { api } = await person()
    const [here, there] = [await makeThings(api), await makeThings(api)]
    const unknown = asUnknown(there)
    const limited = await api.tokens.create({ name: 'here', scopes: [...TOKEN_SCOPES], product_ids: [productOf(here)] })
    for (const name of PROCEDURE_NAMES.filter(known => !ABOUT_HOSTS.includes(known))) {
      for (const field of idFieldsOf(name).filter(known => !OF_NO_PRODUCT.includes(known))) {
        const ask = (ids: Things) =>
          outcomeOf(server.client(limited.token), name, inputOf(name, replace(here, [field], ids)))
        expect.soft(renamed(await ask(there), there, unknown), `${name} ${field}`).toEqual(await ask(unknown))
      }
    }
  })
})

const OF_NO_PRODUCT = ['worker_id', 'host_id', 'token_id']
/** A host tidies up after all its attempts, whatever its present token is for. */
const ABOUT_HOSTS = ['jobs.recordRemains']

function productOf({ product_id }: Things): string {
  if (typeof product_id !== 'string') throw new Error('there is no product')
  return product_id
}

/** Ids of the same kinds that nothing has; a claim token is none and stays. */
function asUnknown(things: Things): Things {
  const rename = (id: string) => id.replace(/_.*/, '_unknown')
  const renameAll = (ids: string | string[]) => (Array.isArray(ids) ? ids.map(rename) : rename(ids))
  return Object.fromEntries(Object.entries(things).map(([field, ids]) => [field, renameAll(ids)]))
}

function replace(things: Things, fields: readonly string[], by: Things): Things {
  return { ...things, ...Object.fromEntries(fields.map(field => [field, by[field] ?? []])) }
}

/** What a call came to, as if the ids of some things were those of others. */
function renamed(outcome: Outcome, from: Things, to: Things): Outcome {
  const names = Object.keys(from).map(field => [String(from[field]), String(to[field])] as const)
  return JSON.parse(names.reduce((text, [id, other]) => text.replaceAll(id, other), JSON.stringify(outcome)))
}
