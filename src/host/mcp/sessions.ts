import { randomUUID } from 'node:crypto'
import { type McpServer, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server'
import { z } from 'zod'

interface Session {
  owner: string
  transport: WebStandardStreamableHTTPServerTransport
  server: McpServer
  /** By Date.now(). */
  lastSeen: number
  /** Streams that the client keeps open to be told of changes. */
  streams: number
}

export interface SessionOptions {
  makeServer: (token: string) => Promise<McpServer>
  perToken: number
  onError: (error: unknown) => void
}

/** The sessions of clients of the 2025 era; each is its token's own, and to any other token as good as not there. */
export class Sessions {
  readonly #options: SessionOptions
  /** In the order of their last call, the oldest first. */
  readonly #byId = new Map<string, Session>()

  constructor(options: SessionOptions) {
    this.#options = options
  }

  get count(): number {
    return this.#byId.size
  }

  async fetch(request: Request, token: string): Promise<Response> {
    const id = request.headers.get('mcp-session-id')
    if (id === null) return this.#begin(request, token)
    const session = this.#byId.get(id)
    if (session?.owner !== token) return unknownSession()
    this.#touch(id, session)
    const response = await session.transport.handleRequest(request)
    if (request.method === 'GET' && response.ok) countStream(session, request.signal)
    return response
  }

  /** Ends the sessions without a call or an open stream since an instant. */
  async endIdle(since: number): Promise<void> {
    const idle = [...this.#byId].filter(([, session]) => session.lastSeen < since && session.streams === 0)
    await Promise.all(idle.map(([id]) => this.#end(id)))
  }

  async close(): Promise<void> {
    await Promise.all([...this.#byId.keys()].map(id => this.#end(id)))
  }

  /** Only a handshake begins a session; the transport refuses any other call that names none. */
  async #begin(request: Request, owner: string): Promise<Response> {
    const server = await this.#options.makeServer(owner)
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: async id => {
        await this.#makeRoom(owner)
        this.#byId.set(id, { owner, transport, server, lastSeen: Date.now(), streams: 0 })
      },
      onsessionclosed: id => {
        this.#byId.delete(id)
      },
    })
    await server.connect(transport)
    closeCancelled(transport)
    const response = await transport.handleRequest(request)
    if (transport.sessionId === undefined) await server.close()
    return response
  }

  async #makeRoom(owner: string): Promise<void> {
    const mine = [...this.#byId].filter(([, session]) => session.owner === owner)
    const [oldest] = mine
    if (oldest && mine.length >= this.#options.perToken) await this.#end(oldest[0])
  }

  #touch(id: string, session: Session): void {
    session.lastSeen = Date.now()
    this.#byId.delete(id)
    this.#byId.set(id, session)
  }

  async #end(id: string): Promise<void> {
    const session = this.#byId.get(id)
    this.#byId.delete(id)
    await session?.server.close().catch(this.#options.onError)
  }
}

const Cancelled = z.object({
  method: z.literal('notifications/cancelled'),
  params: z.object({ requestId: z.union([z.string(), z.number()]) }),
})

/** A cancelled call is never answered: its stream and keep-alive would stay for as long as the session. */
function closeCancelled(transport: WebStandardStreamableHTTPServerTransport): void {
  const deliver = transport.onmessage
  transport.onmessage = (message, extra) => {
    deliver?.(message, extra)
    const cancelled = Cancelled.safeParse(message)
    if (cancelled.success) transport.closeSSEStream(cancelled.data.params.requestId)
  }
}

function countStream(session: Session, closed: AbortSignal): void {
  session.streams += 1
  closed.addEventListener('abort', () => {
    session.streams -= 1
    session.lastSeen = Date.now()
  })
}

/** A client that reads this begins a new session. */
function unknownSession(): Response {
  const error = { code: -32_001, message: 'Session not found' }
  return Response.json({ jsonrpc: '2.0', error, id: null }, { status: 404 })
}
