import { platform } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { isThere } from '../../../host/git/worktree-path.ts'
import type { AgentClient } from '../../connect/agent-client.ts'
import { CLIENTS } from '../../connect/clients/index.ts'
import { readIfThere } from '../../files/replace-file.ts'
import type { Terminal } from '../../terminal.ts'
import { type Check, type Finding, ok, trouble, warning } from '../check.ts'

/** The longest `wait_for_job` of a client whose own limit is not known to us, or that is told to be this patient. */
const CODEX_NEEDS_SECONDS = 300
const CLAUDE_NEEDS_MS = 120_000

export const clients: Check = {
  name: 'agents',
  run: async ({ terminal }) => {
    const found = await Promise.all(Object.entries(CLIENTS).map(([word, client]) => look(terminal, word, client)))
    const known = found.flat()
    const none = warning(
      'No agent on this machine knows Scrum4Me.',
      'scrum4me connect claude, or codex, cursor, vscode',
    )
    return [...(known.length > 0 ? known : [none]), ...(await claudePatience(terminal))]
  },
}

async function look(terminal: Terminal, word: string, client: AgentClient): Promise<Finding[]> {
  const { env, homeDir } = terminal
  const file = client.userFile({ env, homeDir, platform: platform() })
  const entry = read(client, (await readIfThere(file)) ?? client.format.empty)
  if (entry === null) return []
  const program = /"((?:[^"\\]|\\.)*main\.[jt]s)"/.exec(entry)?.[1]
  if (program && !(await isThere(program)))
    return [
      trouble(
        `${client.title} starts ${program}, which is not there.`,
        `scrum4me connect ${word} --remove, then scrum4me connect ${word}`,
      ),
    ]
  return [ok(`${client.title} knows Scrum4Me.`), ...(word === 'codex' ? codexPatience(entry) : [])]
}

/** A file that cannot be understood is the client's own to complain about. */
function read({ format }: AgentClient, text: string): string | null {
  try {
    return format.read(text.trim() === '' ? format.empty : text)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function codexPatience(entry: string): Finding[] {
  const seconds = Number(/^[ \t]*tool_timeout_sec[ \t]*=[ \t]*([\d_.]+)/m.exec(entry)?.[1]?.replaceAll('_', '') ?? 0)
  if (seconds >= CODEX_NEEDS_SECONDS) return []
  const what = seconds === 0 ? 'Codex has no tool_timeout_sec for Scrum4Me' : `Codex ends our calls after ${seconds} s`
  return [
    warning(
      `${what}; a wait for work may be cut off.`,
      'Put tool_timeout_sec = 600 into [mcp_servers.scrum4me] of its config.toml.',
    ),
  ]
}

const Settings = z.object({ env: z.object({ MCP_TOOL_TIMEOUT: z.coerce.string().optional() }).optional() })

async function claudePatience({ env, homeDir }: Terminal): Promise<Finding[]> {
  const file = join(env.CLAUDE_CONFIG_DIR || join(homeDir, '.claude'), 'settings.json')
  const given = env.MCP_TOOL_TIMEOUT || timeoutIn((await readIfThere(file)) ?? '')
  if (!given || !(Number(given) < CLAUDE_NEEDS_MS)) return []
  return [
    warning(
      `MCP_TOOL_TIMEOUT is ${given}: Claude Code ends our calls after ${Number(given) / 1000} s.`,
      `Take it out, or give it ${CLAUDE_NEEDS_MS} or more, or set SCRUM4ME_MAX_WAIT_SECONDS below it.`,
    ),
  ]
}

function timeoutIn(settings: string): string | undefined {
  try {
    return Settings.safeParse(JSON.parse(settings)).data?.env?.MCP_TOOL_TIMEOUT
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
