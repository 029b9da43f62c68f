import { join } from 'node:path'
import type { AgentClient } from '../agent-client.ts'
import { jsonEntries } from '../json-entry.ts'

export const claude: AgentClient = {
  title: 'Claude Code',
  userFile: ({ env, homeDir }) => join(env.CLAUDE_CONFIG_DIR || homeDir, '.claude.json'),
  projectFile: '.mcp.json',
  format: jsonEntries('mcpServers', { withType: true }),
  variable: name => `\${${name}}`,
  afterwards: '`claude mcp list` shows it; sessions that are open need a restart.',
}
