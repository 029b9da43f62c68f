import { join } from 'node:path'
import type { AgentClient, Place } from '../agent-client.ts'
import { jsonEntries } from '../json-entry.ts'

export const vscode: AgentClient = {
  title: 'VS Code',
  userFile: place => join(userFolder(place), 'Code', 'User', 'mcp.json'),
  projectFile: '.vscode/mcp.json',
  format: jsonEntries('servers', { withType: true }),
  variable: name => `\${env:${name}}`,
  afterwards: 'The command "MCP: List Servers" shows it; start it there.',
}

function userFolder({ env, homeDir, platform }: Place): string {
  if (platform === 'darwin') return join(homeDir, 'Library', 'Application Support')
  if (platform === 'win32') return env.APPDATA || join(homeDir, 'AppData', 'Roaming')
  return env.XDG_CONFIG_HOME || join(homeDir, '.config')
}
