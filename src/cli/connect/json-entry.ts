import { readMember, removeMember, setMember } from '../files/json-text.ts'
import { type Connection, SERVER_NAME } from './connection.ts'
import type { EntryFormat } from './entry-format.ts'

/** Entries as the members of one object of a JSON file. */
export function jsonEntries(servers: string, { withType }: { withType: boolean }): EntryFormat {
  const path = [servers, SERVER_NAME]
  const entry = (connection: Connection) => ({ ...(withType && { type: connection.kind }), ...settings(connection) })
  return {
    empty: '{}\n',
    set: (text, connection) => setMember(text, path, entry(connection)),
    remove: text => removeMember(text, path),
    read: text => {
      const value = readMember(text, path)
      return value === undefined ? null : JSON.stringify(value)
    },
    whole: connection => JSON.stringify({ [servers]: { [SERVER_NAME]: entry(connection) } }, null, 2),
  }
}

function settings(connection: Connection): Record<string, unknown> {
  if (connection.kind === 'http') return { url: connection.url, headers: { Authorization: connection.authorization } }
  const { command, args, env } = connection
  return { command, args, ...(Object.keys(env).length > 0 && { env }) }
}
