import { defineCommand } from 'citty'
import { AppError } from '../../errors.ts'
import type { AgentClient } from '../connect/agent-client.ts'
import { CLIENTS } from '../connect/clients/index.ts'
import { connectClient, disconnectClient } from '../connect/connect-client.ts'
import type { Terminal } from '../terminal.ts'

/** `connect`: writes us into the configuration of an MCP client, and takes us out again. */
export function connectCommand(terminal: Terminal) {
  return defineCommand({
    meta: { name: 'connect', description: 'Add Scrum4Me to an agent: claude, codex, cursor or vscode' },
    args: {
      client: { type: 'positional', description: Object.keys(CLIENTS).join(', '), required: true },
      project: { type: 'boolean', description: 'For the repository that you are in, not for you', default: false },
      http: { type: 'boolean', description: 'Over HTTP, with a token of its own', default: false },
      remove: { type: 'boolean', description: 'Take it out again', default: false },
      yes: { type: 'boolean', description: 'Without a question', default: false },
    },
    run: ({ args: { client: name, remove, ...wish } }) => {
      const run = remove ? disconnectClient : connectClient
      return run(terminal, { ...wish, client: findClient(name) })
    },
  })
}

function findClient(name: string): AgentClient {
  const client = Object.hasOwn(CLIENTS, name) ? CLIENTS[name] : undefined
  if (client) return client
  throw new AppError('VALIDATION_ERROR', `There is no client "${name}".`, {
    hint: `Clients: ${Object.keys(CLIENTS).join(', ')}. Any other one starts \`scrum4me mcp\` over stdio.`,
  })
}
