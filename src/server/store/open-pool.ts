import pg from 'pg'

export interface PoolWish {
  databaseUrl: string
  size: number
  /** How long a statement may take, in ms, until its connection counts as lost. */
  patienceMs: number
}

const LONGEST_CONNECT_MS = 15_000

/**
 * Connections that do not outlive a database that has fallen silent, as after a failover: a statement without an answer
 * fails, and its connection is ended. The server gives up sooner than the client, so that a statement which nobody waits
 * for any more has not begun to count later, and lets no transaction of a vanished client keep its locks.
 */
export function openPool({ databaseUrl, size, patienceMs }: PoolWish): pg.Pool {
  const settings = {
    statement_timeout: Math.ceil(patienceMs * 0.75),
    idle_in_transaction_session_timeout: patienceMs,
    ...FOR_VANISHED_CLIENTS,
  }
  return new pg.Pool({
    connectionString: databaseUrl,
    application_name: 'scrum4me',
    max: size,
    keepAlive: true,
    connectionTimeoutMillis: Math.min(LONGEST_CONNECT_MS, patienceMs),
    query_timeout: patienceMs,
    // Not as parameters of the start, which poolers between us and the database refuse.
    onConnect: async client => {
      await client.query('select set_config(key, value, false) from json_each_text($1)', [JSON.stringify(settings)])
    },
  })
}

/** After a minute the server finds out that a client has vanished, and frees its advisory locks; by default it takes hours. */
const FOR_VANISHED_CLIENTS = { tcp_keepalives_idle: 30, tcp_keepalives_interval: 10, tcp_keepalives_count: 3 }
