import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'
import type { Host } from '../flows/host.ts'
import { AgentConnection } from './agent-connection.ts'
import { createMcpServer } from './server.ts'

export interface StdioOptions {
  version: string
  stdin: Readable
  stdout: Writable
  /** Opened at the agent's first call: a client may start this process only to see what it offers. */
  openHost: () => Promise<Host>
  onError: (error: unknown) => void
}

/** Serves one agent over two streams until it closes them or the signal aborts, and then lets its claims go. */
export async function serveAgentOverStdio(options: StdioOptions, signal: AbortSignal): Promise<void> {
  const connection = new AgentConnection(options.version, options.openHost)
  const served = serveStdio(() => createMcpServer(connection, null), {
    transport: new StdioServerTransport(options.stdin, options.stdout),
    onerror: options.onError,
  })
  await Promise.race([once(options.stdin, 'end'), once(options.stdin, 'close'), once(signal, 'abort')])
  await served.close()
  await connection.close()
}
