import type { Environment } from '../config.ts'
import type { Terminal } from './terminal.ts'

/** Variables that an agent's `scrum4me mcp` must see too when they were set for the server. */
const CARRIED = ['XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'SCRUM4ME_DATA_DIR', 'SCRUM4ME_AGENT_WORKTREE_DIR'] as const

/** The lines that add this installation to the agents that people have, ready to be pasted into a shell. */
export function connectionLines({ self, env }: Pick<Terminal, 'self' | 'env'>): string[] {
  const command = [...self, 'mcp'].map(quote).join(' ')
  return [
    'Add it to Claude Code (or let `connect claude` do it):',
    `  claude mcp add scrum4me --scope user${flags(env, '-e')} -- ${command}`,
    'Add it to Codex (or let `connect codex` do it):',
    `  codex mcp add scrum4me${flags(env, '--env')} -- ${command}`,
    'Then tell the agent: "Call wait_for_job and work on what you get, again and again."',
  ]
}

/** The variables of this process that an agent's `scrum4me mcp` needs. */
export function carriedVariables(env: Environment): Record<string, string> {
  return Object.fromEntries(CARRIED.flatMap(name => (env[name] ? [[name, env[name]]] : [])))
}

function flags(env: Environment, flag: string): string {
  return Object.entries(carriedVariables(env))
    .map(([name, value]) => ` ${flag} ${quote(`${name}=${value}`)}`)
    .join('')
}

/** A word that a POSIX shell reads as itself. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
