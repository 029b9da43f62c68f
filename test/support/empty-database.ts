import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject, onTestFinished } from 'vitest'
import type { PoolClient } from '../../src/server/store/database.ts'

/** A database without anything in it, for as long as the test runs. */
export async function createEmptyDatabase(): Promise<{ url: string; pool: pg.Pool }> {
  const admin = new pg.Client(inject('adminUrl'))
  await admin.connect()
  const name = `s4m_test_${randomBytes(6).toString('hex')}`
  await admin.query(`create database ${name} template template0`)
  const url = new URL(inject('adminUrl'))
  url.pathname = `/${name}`
  const pool = new pg.Pool({ connectionString: url.href, max: 10 })
  // Dropping the database by force may meet a connection that is just saying goodbye.
  pool.on('error', () => undefined)
  onTestFinished(async () => {
    await pool.end()
    await admin.query(`drop database ${name} with (force)`)
    await admin.end()
  })
  return { url: url.href, pool }
}

/** Runs `work` with one connection of a pool. */
export async function withClient<T>(pool: pg.Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    return await work(client)
  } finally {
    client.release()
  }
}
