import { expect, test } from 'vitest'
import { ensureOwner } from '../../src/server/flows/ensure-owner.ts'
import { openTestServer } from '../support/server.ts'

const { db, server, openAnother } = await openTestServer()

test('H60 servers that start at once on a new database find one owner, whoever makes it', async () => {
  const other = await openAnother()
  const owners = await Promise.all(
    ['ada', 'bob', 'eve', 'joe'].map((name, n) => ensureOwner(n % 2 ? server : other, name)),
  )
  expect(new Set(owners.map(owner => owner.id)).size).toBe(1)
  const { rows } = await db.pool.query('select count(*)::int as count from users')
  expect(rows).toEqual([{ count: 1 }])
})
