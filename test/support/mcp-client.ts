import { Client, InMemoryTransport, type JSONRPCMessage } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import type { Host } from '../../src/host/flows/host.ts'
import { AgentConnection } from '../../src/host/mcp/agent-connection.ts'
import { createMcpServer } from '../../src/host/mcp/server.ts'
import { type Installation, MAIN } from './installation.ts'

/** The two eras of the protocol: with a handshake, and without. */
export const ERAS = ['2025-11-25', '2026-07-28'] as const
export type Era = (typeof ERAS)[number]

export interface McpAgent {
  client: Client
  /** Everything that the server has sent, as it was on the wire. */
  received: JSONRPCMessage[]
  close(): Promise<void>
}

/** A client of one era, by the name that it gives to servers. */
export function makeClient(era: Era, name = 'test-client'): Client {
  const mode = era === '2026-07-28' ? { pin: era } : 'legacy'
  return new Client({ name, version: '1.0.0' }, { versionNegotiation: { mode } })
}

/** An agent that is connected to a host in this process. */
export async function connectAgent(host: Host, era: Era, name?: string): Promise<McpAgent> {
  const connection = new AgentConnection('0.1.0-test', async () => host)
  const [ours, theirs] = InMemoryTransport.createLinkedPair()
  const served = serveStdio(() => createMcpServer(connection, null), { transport: theirs })
  const client = makeClient(era, name)
  await client.connect(ours)
  const received: JSONRPCMessage[] = []
  const { onmessage } = ours
  ours.onmessage = (message, extra) => {
    received.push(message)
    onmessage?.(message, extra)
  }
  const close = async () => {
    await client.close()
    await served.close()
    await connection.close()
  }
  onTestFinished(close)
  return { client, received, close }
}

/** An agent that starts `scrum4me mcp` as a process of its own, as agents do. */
export async function spawnAgent({ machine, env }: Installation, era: Era, name?: string): Promise<Client> {
  const place = { env, cwd: machine.dir, stderr: 'pipe' } as const
  const client = makeClient(era, name)
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [MAIN, 'mcp'], ...place }))
  onTestFinished(() => client.close())
  return client
}

/** The process that a client has started. */
export function pidOf({ transport }: Client): number {
  if (!(transport instanceof StdioClientTransport) || transport.pid === null) throw new Error('no process')
  return transport.pid
}

const TextResult = z.object({ content: z.tuple([z.object({ type: z.literal('text'), text: z.string() })]) })

/** Calls a tool that must succeed; what it answers, as structured content. */
export async function callTool(client: Client, name: string, input: Record<string, unknown> = {}) {
  const result = await client.callTool({ name, arguments: input }, { timeout: 600_000 })
  if (result.isError) throw new Error(`${name}: ${textOf(result)}`)
  return z.record(z.string(), z.unknown()).parse(result.structuredContent)
}

/** Calls a tool that must fail; the text that its model reads. */
export async function failTool(client: Client, name: string, input: Record<string, unknown> = {}): Promise<string> {
  const result = await client.callTool({ name, arguments: input }, { timeout: 600_000 })
  if (!result.isError) throw new Error(`${name} has not failed: ${textOf(result)}`)
  return textOf(result)
}

function textOf(result: unknown): string {
  return TextResult.parse(result).content[0].text
}
