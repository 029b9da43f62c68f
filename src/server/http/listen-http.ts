import { once } from 'node:events'
import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import { AppError } from '../../errors.ts'
import { type AppOptions, type Backend, createApp } from './app.ts'
import { type Connections, followConnections } from './connections.ts'

export interface ListeningHttp {
  /** Where this machine reaches it. */
  url: string
  port: number
  /** Takes no further calls, lets those under way end for a moment, and then cuts them off. */
  close(): Promise<void>
}

/** Longer than a proxy or a client keeps an idle connection, so that it is they who close it. */
const KEEP_ALIVE_MS = 75_000
const GRACE_MS = 3_000

/** Serves a backend at an address; port 0 takes any free one. CONFLICT says that the port is taken. */
export async function listenHttp(
  backend: Backend,
  at: { host: string; port: number },
  options: Omit<AppOptions, 'addressOf'> = {},
): Promise<ListeningHttp> {
  const names = [...(options.names ?? []), at.host]
  const app = createApp(backend, { ...options, names, addressOf: c => getConnInfo(c).remote.address ?? '' })
  const server = createAdaptorServer({ fetch: app.fetch }) as Server
  server.keepAliveTimeout = KEEP_ALIVE_MS
  const connections = followConnections(server)
  server.listen(at.port, at.host)
  await once(server, 'listening').catch((error: unknown) => {
    throw explain(error, at)
  })
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : at.port
  return { url: `http://${reachable(at.host)}:${port}`, port, close: () => close(server, connections) }
}

async function close(server: Server, connections: Connections): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  connections.endWhenQuiet()
  const cutOff = setTimeout(() => server.closeAllConnections(), GRACE_MS)
  await closed
  clearTimeout(cutOff)
}

/** An address that listens to all is not one to call. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}

function explain(error: unknown, { host, port }: { host: string; port: number }): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE')
    return new AppError('CONFLICT', `Port ${port} of ${host} is taken by another program.`, {
      hint: 'End that program, or choose another port with SCRUM4ME_PORT.',
      cause: error,
    })
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new AppError('CONFIG_INVALID', `Nothing can listen at port ${port} of ${host} here (${code}).`, {
      hint: 'Correct SCRUM4ME_HOST and SCRUM4ME_PORT.',
      cause: error,
    })
  return error
}
