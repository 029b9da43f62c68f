import type { Config } from '../../config.ts'
import { AppError } from '../../errors.ts'
import { carriedVariables } from '../connection-lines.ts'
import { loadConfig } from '../load-config.ts'
import type { Terminal } from '../terminal.ts'
import type { AgentClient } from './agent-client.ts'
import { type Connection, SERVER_NAME } from './connection.ts'
import { findGoodToken, makeToken, tokenIn } from './http-token.ts'

/** How a client is to reach us; a token that is still to be made is named by a placeholder until then. */
export interface WantedConnection {
  connection: Connection
  /** The same with everything made that it needs. */
  complete(): Promise<Connection>
}

/** Over stdio, or over HTTP with the token that the present entry has, if it is good, or a new one. */
export async function wantedConnection(
  terminal: Terminal,
  { client, http, project }: { client: AgentClient; http: boolean; project: boolean },
  text: string,
): Promise<WantedConnection> {
  if (!http) return ready(stdio(terminal))
  const url = urlOf(await loadConfig(terminal))
  const at = (token: string): Connection => ({ kind: 'http', url, authorization: `Bearer ${token}` })
  // A project's file is for everybody who has the repository, and a token is not.
  if (project) return ready(at(client.variable('SCRUM4ME_TOKEN')))
  const present = tokenIn(entryIn(client, text))
  if (present !== null && (await findGoodToken(terminal, present)) !== null) return ready(at(present))
  return { connection: at('s4m_…'), complete: async () => at(await makeToken(terminal, client.title)) }
}

/** What cannot be read is told when it is to be changed. */
function entryIn({ format }: AgentClient, text: string): string | null {
  try {
    return format.read(text)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function ready(connection: Connection): WantedConnection {
  return { connection, complete: async () => connection }
}

function stdio({ self, env }: Terminal): Connection {
  const [command, ...args] = [...self, 'mcp']
  if (command === undefined) throw new AppError('INTERNAL_ERROR', `The command of ${SERVER_NAME} is not known.`)
  return { kind: 'stdio', command, args, env: carriedVariables(env) }
}

function urlOf({ serverUrl, listen }: Config): string {
  return `${(serverUrl ?? `http://127.0.0.1:${listen.port}`).replace(/\/+$/, '')}/mcp`
}
