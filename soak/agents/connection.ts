import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { z } from 'zod'
import { MAIN } from '../../test/support/installation.ts'
import { makeClient, pidOf } from '../../test/support/mcp-client.ts'
import type { Soak } from '../stage/soak.ts'
import type { Slot } from './slot.ts'

/** An agent's connection to a host of its own. */
export interface Connection {
  client: Client
  pid: number
  /** Aborts when the host has gone. */
  gone: AbortController
  /** Aborts when the agent is killed, too, with whatever it has started. */
  killed: AbortController
}

/** A tool answered with an error: its code, and all that the model would read. */
export class Refusal extends Error {
  readonly code: string

  constructor(code: string, text: string) {
    super(text)
    this.code = code
  }
}

/** The agent's host has ended, so that no call gets anywhere. */
export class HostGone extends Error {}

/** Starts `scrum4me mcp` as an agent does. */
export async function connect(slot: Slot): Promise<Connection> {
  const { machine, era, logFd } = slot
  slot.lives += 1
  const client = makeClient(era, 'soak-agent')
  const gone = new AbortController()
  const transport = { command: process.execPath, args: [MAIN, 'mcp'], env: machine.env, cwd: machine.dir }
  client.onclose = () => gone.abort()
  await client.connect(new StdioClientTransport({ ...transport, stderr: logFd }))
  const connection = { client, pid: pidOf(client), gone, killed: new AbortController() }
  slot.connection = connection
  return connection
}

/** Longer than a host waits for git, and than one sleeps. */
const CALL_MS = 180_000
const PAUSE_MS = 1_000
const Text = z.object({ content: z.array(z.object({ text: z.string() })).min(1) })

/** Calls a tool until the server is there to answer it; Refusal, or HostGone. What it is told is written down. */
export async function call<Schema extends z.ZodType>(
  soak: Pick<Soak, 'journal'>,
  slot: Slot,
  { client, gone }: Connection,
  [name, input, schema]: [name: string, input: Record<string, unknown>, schema: Schema],
): Promise<z.output<Schema>> {
  for (;;) {
    const result = await client
      .callTool({ name, arguments: input }, { timeout: CALL_MS })
      .catch(async (error: unknown) => {
        // A broken pipe is seen before the end of the host.
        await sleep(PAUSE_MS, undefined, { signal: gone.signal }).catch(() => undefined)
        throw gone.signal.aborted ? new HostGone() : error
      })
    if (!result.isError) return schema.parse(result.structuredContent)
    const text = Text.parse(result).content[0]?.text ?? ''
    const code = /^[A-Z_]+/.exec(text)?.[0] ?? 'none'
    soak.journal.write({ what: 'told', slot: slot.name, life: slot.lives, tool: name, code, text })
    if (code !== 'SERVER_UNAVAILABLE') throw new Refusal(code, text)
    await sleep(PAUSE_MS, undefined, { signal: gone.signal }).catch(() => undefined)
    if (gone.signal.aborted) throw new HostGone()
  }
}
