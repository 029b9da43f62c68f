import { createMcpHandler, isLegacyRequest, type McpServer } from '@modelcontextprotocol/server'
import type { TokenScope } from '../../domain/permissions.ts'
import type { Host } from '../flows/host.ts'
import { AgentConnection } from './agent-connection.ts'
import { createMcpServer } from './server.ts'
import { Sessions } from './sessions.ts'

export interface McpHttpOptions {
  version: string
  /** The host whose api speaks for a token; asked once per token, and again after it was idle for long. */
  openHost: (token: string) => Promise<Host>
  onError: (error: unknown) => void
  createServer?: (connection: AgentConnection, scopes: readonly TokenScope[] | null) => McpServer
  limits?: Partial<McpHttpLimits>
}
export interface McpHttpLimits {
  /** An agent calls in at least so often, or announces a longer silence. */
  silentSeconds: number
  /** After so long without a call a session ends, and an agent is forgotten. */
  idleMs: number
  sweepEveryMs: number
  sessionsPerToken: number
}
/** Who calls; the caller has made sure that the token is good. */
export interface McpHttpAuth {
  token: string
}
export interface McpHttp {
  fetch(request: Request, auth: McpHttpAuth): Promise<Response>
  /** Ends what is under way, as if every client had gone. */
  close(): Promise<void>
  readonly sessionCount: number
}

/** Idle is longer than the longest silence, two hours, so that nobody is forgotten who holds a job. */
const LIMITS: McpHttpLimits = {
  silentSeconds: 30 * 60,
  idleMs: 4 * 60 * 60_000,
  sweepEveryMs: 60_000,
  sessionsPerToken: 1_000,
}

/**
 * Serves agents over Streamable HTTP, of both protocol eras. A request of 2026 stands by itself, and its end is a
 * cancel; older clients have sessions. Token, Host and Origin are checked by whoever mounts it.
 */
export function createMcpHttp(options: McpHttpOptions): McpHttp {
  const { onError, createServer = createMcpServer } = options
  const limits = { ...LIMITS, ...options.limits }
  const connections = new Map<string, { connection: AgentConnection; lastSeen: number }>()
  const connectionOf = (token: string) => {
    const silence = { silent_seconds: limits.silentSeconds }
    const open = () => options.openHost(token)
    const known = connections.get(token)?.connection ?? new AgentConnection(options.version, open, silence)
    connections.set(token, { connection: known, lastSeen: Date.now() })
    return known
  }
  const makeServer = async (token: string) => {
    const connection = connectionOf(token)
    return createServer(connection, await connection.scopes())
  }
  const sessions = new Sessions({ makeServer, perToken: limits.sessionsPerToken, onError })
  const handler = createMcpHandler(({ authInfo }) => makeServer(authInfo?.token ?? ''), {
    legacy: 'reject',
    responseMode: 'sse',
    onerror: onError,
  })
  const sweep = async () => {
    const since = Date.now() - limits.idleMs
    await sessions.endIdle(since)
    for (const [token, { connection, lastSeen }] of connections) {
      await connection.forgetIdle(since)
      if (lastSeen < since) connections.delete(token)
    }
  }
  const sweeping = setInterval(() => void sweep().catch(onError), limits.sweepEveryMs)
  sweeping.unref()
  return {
    async fetch(request, { token }) {
      connectionOf(token)
      if (await isLegacyRequest(request)) return sessions.fetch(request, token)
      return handler.fetch(request, { authInfo: { token, clientId: 'scrum4me', scopes: [] } })
    },
    async close() {
      clearInterval(sweeping)
      await Promise.all([handler.close(), sessions.close()])
      await Promise.all([...connections.values()].map(({ connection }) => connection.close()))
    },
    get sessionCount() {
      return sessions.count
    },
  }
}
