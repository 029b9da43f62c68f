import { join } from 'node:path'
import type { AgentClient } from '../agent-client.ts'
import { jsonEntries } from '../json-entry.ts'

export const cursor: AgentClient = {
  title: 'Cursor',
  userFile: ({ homeDir }) => join(homeDir, '.cursor', 'mcp.json'),
  projectFile: '.cursor/mcp.json',
  format: jsonEntries('mcpServers', { withType: false }),
  variable: name => `\${env:${name}}`,
  afterwards: 'Settings → MCP shows it; switch it on there.',
}
