import pg from 'pg'

export interface HeldLock {
  /** Resolves when the connection that has the lock ends, and with it the lock. */
  ended: Promise<void>
  release(): Promise<void>
}

/** Takes a lock on a connection of its own, until it is released; null at once when another process has it. */
export async function holdAdvisoryLock(databaseUrl: string, key: number): Promise<HeldLock | null> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'scrum4me', keepAlive: true })
  const ended = new Promise<void>(resolve => client.once('end', resolve))
  // The end that follows is what counts.
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [key])
    if (rows[0]?.locked) return { ended, release: () => client.end() }
  } catch (error) {
    await client.end().catch(() => undefined)
    throw error
  }
  await client.end()
  return null
}
