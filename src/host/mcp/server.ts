import { type CallToolResult, CLIENT_INFO_META_KEY, McpServer, type ServerContext } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { advertised } from './advertised.ts'
import type { AgentConnection } from './agent-connection.ts'
import { clientPatience } from './client-patience.ts'
import type { Tool } from './define-tool.ts'
import { keepInformed } from './progress.ts'
import { toolError } from './tool-error.ts'
import { TOOLS } from './tools/index.ts'

const INSTRUCTIONS = `Scrum4Me hands you coding jobs from a Scrum board. Call wait_for_job; work only inside the
worktree_path that it answers with, follow its prompt_text, commit, call verify_task_against_plan and then
update_job_status. When an answer says wait_for_job_again, do so.`

/** An MCP server for one agent; the same for clients of both protocol eras. */
export function createMcpServer(connection: AgentConnection): McpServer {
  const server = new McpServer({ name: 'scrum4me', version: connection.version }, { instructions: INSTRUCTIONS })
  for (const tool of TOOLS) {
    const { name, title, description, annotations } = tool
    const schemas = { inputSchema: advertised(tool.input), outputSchema: tool.output }
    server.registerTool(name, { title, description, annotations, ...schemas }, (input, ctx) => {
      connection.clientName = clientNameOf(server, ctx) ?? connection.clientName
      return call(connection, tool, input, ctx)
    })
  }
  return server
}

async function call(
  connection: AgentConnection,
  tool: Tool,
  input: unknown,
  ctx: ServerContext,
): Promise<CallToolResult> {
  const stopInforming = informer(ctx)
  try {
    const { host, worker } = await connection.open()
    const client = { name: connection.clientName, wantsProgress: ctx.mcpReq._meta?.progressToken !== undefined }
    const longestCallSeconds = clientPatience(client, host.limits.maxWaitSeconds)
    const result = await tool.call(input, { host, worker, signal: ctx.mcpReq.signal, longestCallSeconds })
    return { content: [{ type: 'text', text: JSON.stringify(result) }], structuredContent: result }
  } catch (error) {
    return toolError(error)
  } finally {
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
