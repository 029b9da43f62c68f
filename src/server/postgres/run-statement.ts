import pg from 'pg'

/** Runs one statement on a connection of its own. */
export async function runStatement(connectionString: string, text: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000 })
  // Without a listener a connection that breaks would end the process; the query below rejects in any case.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return await client.query(text)
  } finally {
    await client.end()
  }
}
