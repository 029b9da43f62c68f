import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { onTestFinished } from 'vitest'
import type { Host } from '../../src/host/flows/host.ts'
import { createMcpHttp, type McpHttp, type McpHttpOptions } from '../../src/host/mcp/http.ts'
import { listenHttp } from '../../src/server/http/listen-http.ts'
import type { RunningServer } from '../../src/server/open-server.ts'
import { makeHost, makeWorkplace } from './host.ts'
import { type Era, makeClient } from './mcp-client.ts'
import type { Machine } from './repositories.ts'
import type { TestServer } from './server.ts'

export interface McpDoor {
  url: URL
  mcp: McpHttp
  /** Of each call, whether the server has noticed that its client went away. */
  calls: AbortSignal[]
}

/** MCP over HTTP on a port of this machine, behind the doors of a server, until the test is over. */
export async function serveMcp(
  server: RunningServer,
  machine: Machine,
  options: Partial<McpHttpOptions> = {},
): Promise<McpDoor> {
  const openHost = (token: string): Promise<Host> => makeHost(server.client(token), machine)
  const mcp = createMcpHttp({ version: '0.1.0-test', openHost, onError: () => undefined, ...options })
  const calls: AbortSignal[] = []
  const mount = (request: Request, token: string) => {
    if (request.method === 'POST') calls.push(request.signal)
    return mcp.fetch(request, { token })
  }
  const http = await listenHttp(server, { host: '127.0.0.1', port: 0 }, { mounts: { '/mcp': mount } })
  onTestFinished(async () => {
    await mcp.close()
    await http.close()
  })
  return { url: new URL(`${http.url}/mcp`), mcp, calls }
}

/** An agent that is connected over HTTP with a token. */
export async function connectOverHttp({ url }: Pick<McpDoor, 'url'>, token: string, era: Era, name?: string) {
  const client = makeClient(era, name)
  const requestInit = { headers: { authorization: `Bearer ${token}` } }
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit }))
  onTestFinished(() => client.close())
  return client
}

/** A person's agent of one era, connected over HTTP to a machine with a queue. */
export async function openOverHttp(
  { server, person }: TestServer,
  era: Era,
  wish: Parameters<typeof makeWorkplace>[1] = {},
) {
  const owner = await person()
  const workplace = await makeWorkplace(owner.api, wish)
  const door = await serveMcp(server, workplace.machine)
  return { ...owner, ...workplace, ...door, client: await connectOverHttp(door, owner.token, era) }
}
