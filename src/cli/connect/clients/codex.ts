import { join } from 'node:path'
import type { AgentClient } from '../agent-client.ts'
import { tomlEntries } from '../toml-entry.ts'

export const codex: AgentClient = {
  title: 'Codex',
  userFile: ({ env, homeDir }) => join(env.CODEX_HOME || join(homeDir, '.codex'), 'config.toml'),
  projectFile: null,
  format: tomlEntries,
  variable: name => `\${${name}}`,
  afterwards: '`codex mcp list` shows it; sessions that are open need a restart.',
}
