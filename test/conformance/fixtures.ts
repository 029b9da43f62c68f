import {
  type CallToolResult,
  inputRequired,
  McpServer,
  ResourceTemplate,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { z } from 'zod'

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='
const WAV = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA='
const image = { type: 'image', data: PNG, mimeType: 'image/png' } as const

/** A server with what the conformance suite calls by name; how it is served is the production's own. */
export function createFixtureServer(): McpServer {
  const server = new McpServer({ name: 'fixtures', version: '1.0.0' }, { capabilities: { logging: {} } })
  addTools(server)
  addPrompts(server)
  addResources(server)
  return server
}

const text = (words: string) => ({ type: 'text', text: words }) as const
const embedded = (uri: string, mimeType: string, words: string) =>
  ({ type: 'resource', resource: { uri, mimeType, text: words } }) as const

const ANSWERS: Record<string, CallToolResult['content']> = {
  test_simple_text: [text('This is a simple text response for testing.')],
  test_image_content: [image],
  test_audio_content: [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }],
  test_embedded_resource: [embedded('test://embedded-resource', 'text/plain', 'This is an embedded resource content.')],
  test_multiple_content_types: [
    text('Multiple content types test:'),
    image,
    embedded('test://mixed-content-resource', 'application/json', JSON.stringify({ test: 'data', value: 123 })),
  ],
}

function addTools(server: McpServer): void {
  for (const [name, content] of Object.entries(ANSWERS))
    server.registerTool(name, { description: `Answers as ${name} must` }, () => ({ content }))
  server.registerTool('test_error_handling', { description: 'Always fails' }, () => {
    throw new Error('This tool intentionally returns an error for testing')
  })
  server.registerTool('test_tool_with_progress', { description: 'Tells of its progress' }, async ctx => {
    for (const progress of [0, 50, 100]) await tell(ctx, progress)
    return { content: [text('It is done.')] }
  })
  const message = { role: 'user', content: text('What is the capital of France?') } as const
  const sample = inputRequired.createMessage({ messages: [message], maxTokens: 100 })
  server.registerTool('test_missing_capability', { description: 'Needs a client that samples' }, () =>
    inputRequired({ inputRequests: { capital: sample } }),
  )
  const requestedSchema = { type: 'object', properties: { name: { type: 'string' } } } as const
  const ask = inputRequired.elicit({ message: 'What is your name?', requestedSchema })
  server.registerTool('test_streaming_elicitation', { description: 'Asks the user' }, () =>
    inputRequired({ inputRequests: { name: ask } }),
  )
  server.registerTool('test_logging_tool', { description: 'Logs where that is wished' }, async ctx => {
    await ctx.mcpReq.log('info', 'It is under way.')
    return { content: [text('It is logged.')] }
  })
}

async function tell(ctx: ServerContext, progress: number): Promise<void> {
  const progressToken = ctx.mcpReq._meta?.progressToken
  if (progressToken === undefined) return
  await ctx.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } })
}

function addPrompts(server: McpServer): void {
  const says = (...contents: (ReturnType<typeof text> | ReturnType<typeof embedded> | typeof image)[]) => ({
    messages: contents.map(content => ({ role: 'user' as const, content })),
  })
  server.registerPrompt('test_simple_prompt', { description: 'Takes nothing' }, () =>
    says(text('This is a simple prompt for testing.')),
  )
  const argsSchema = z.object({ arg1: z.string(), arg2: z.string() })
  server.registerPrompt('test_prompt_with_arguments', { description: 'Takes two', argsSchema }, ({ arg1, arg2 }) =>
    says(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)),
  )
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description: 'Embeds a resource', argsSchema: z.object({ resourceUri: z.string() }) },
    ({ resourceUri }) =>
      says(
        embedded(resourceUri, 'text/plain', 'Embedded resource content for testing.'),
        text('Please process the embedded resource above.'),
      ),
  )
  server.registerPrompt('test_prompt_with_image', { description: 'Shows an image' }, () =>
    says(image, text('Please analyze the image above.')),
  )
}

function addResources(server: McpServer): void {
  server.registerResource(
    'static-text',
    'test://static-text',
    { description: 'A text', mimeType: 'text/plain' },
    uri => ({
      contents: [{ uri: uri.href, mimeType: 'text/plain', text: 'This is the content of the static text resource.' }],
    }),
  )
  server.registerResource(
    'static-binary',
    'test://static-binary',
    { description: 'An image', mimeType: 'image/png' },
    uri => ({ contents: [{ uri: uri.href, mimeType: 'image/png', blob: PNG }] }),
  )
  const template = new ResourceTemplate('test://template/{id}/data', { list: undefined })
  const json = { description: 'By id', mimeType: 'application/json' }
  server.registerResource('template', template, json, (uri, { id }) => ({
    contents: [
      {
        uri: uri.href,
        mimeType: 'application/json',
        text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${String(id)}` }),
      },
    ],
  }))
}
