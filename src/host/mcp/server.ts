import { type CallToolResult, CLIENT_INFO_META_KEY, McpServer, type ServerContext } from '@modelcontextprotocol/server'
import { z } from 'zod'
import type { TokenScope } from '../../domain/permissions.ts'
import { advertisedInput, advertisedOutput } from './advertised.ts'
import type { AgentConnection } from './agent-connection.ts'
import { clientPatience } from './client-patience.ts'
import type { Tool } from './define-tool.ts'
import { keepInformed } from './progress.ts'
import { toolError } from './tool-error.ts'
import { TOOLS } from './tools/index.ts'
import { untilReturn } from './until-return.ts'

const INSTRUCTIONS = `Scrum4Me hands you coding jobs from a Scrum board. Call wait_for_job; work only inside the
worktree_path that it answers with, follow its prompt_text, commit, call verify_task_against_plan and then
update_job_status. When an answer says wait_for_job_again, do so.`

/**
 * An MCP server for one agent; the same for clients of both protocol eras. It lists the tools that the scopes are good
 * for, and all of them where the scopes are not known (null).
 */
export function createMcpServer(connection: AgentConnection, scopes: readonly TokenScope[] | null): McpServer {
  const server = new McpServer({ name: 'scrum4me', version: connection.version }, { instructions: INSTRUCTIONS })
  let clientName = 'agent'
  for (const tool of TOOLS.filter(({ scope }) => scopes?.includes(scope) ?? true)) {
    const { name, title, description, annotations } = tool
    const schemas = { inputSchema: advertisedInput(tool.input), outputSchema: advertisedOutput(tool.output) }
    server.registerTool(name, { title, description, annotations, ...schemas }, (input, ctx) => {
      clientName = clientNameOf(server, ctx) ?? clientName
      return call(connection, tool, input, { ...ctx, clientName })
    })
  }
  return server
}

async function call(
  connection: AgentConnection,
  tool: Tool,
  input: unknown,
  ctx: ServerContext & { clientName: string },
): Promise<CallToolResult> {
  const { clientName } = ctx
  const stopInforming = informer(ctx)
  const gone = untilReturn([ctx.mcpReq.signal, ctx.http?.req?.signal])
  try {
    const { host, agents } = await connection.open()
    const client = { name: clientName, wantsProgress: ctx.mcpReq._meta?.progressToken !== undefined }
    const longestCallSeconds = clientPatience(client, host.limits.maxWaitSeconds)
    const result = await tool.call(input, { host, agents, clientName, signal: gone.signal, longestCallSeconds })
    return { content: [{ type: 'text', text: JSON.stringify(result) }], structuredContent: result }
  } catch (error) {
    return toolError(error)
  } finally {
    gone.forget()
    stopInforming()
  }
}

/** Progress for a client that asked for it; a token may be 0. */
function informer(ctx: ServerContext): () => void {
  const progressToken = ctx.mcpReq._meta?.progressToken
  if (progressToken === undefined) return () => undefined
  return keepInformed((progress, message) =>
    ctx.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, message } }),
  )
}

const NamedClient = z.object({ [CLIENT_INFO_META_KEY]: z.object({ name: z.string() }) })

/** Clients of 2026 name themselves with each request, older ones once for the connection. */
function clientNameOf(server: McpServer, ctx: ServerContext): string | undefined {
  const named = NamedClient.safeParse(ctx.mcpReq.envelope)
  return named.success ? named.data[CLIENT_INFO_META_KEY].name : server.server.getClientVersion()?.name
}
