import { defineCommand } from 'citty'
import { keepSweeping } from '../../host/flows/keep-sweeping.ts'
import { serveAgentOverStdio } from '../../host/mcp/stdio.ts'
import { openHost } from '../../host/open-host.ts'
import { createLog } from '../create-log.ts'
import { hostOptions } from '../host-options.ts'
import { loadConfig } from '../load-config.ts'
import type { Terminal } from '../terminal.ts'
import { AGENT_RETRIES, openApi } from '../with-server.ts'

/** `mcp`: a host for one agent, over stdio. It opens the api at the agent's first call, and the answer to that says what is wrong. */
export function mcpCommand(terminal: Terminal) {
  return defineCommand({
    meta: { name: 'mcp', description: 'Serve one agent over stdio (an MCP client starts this)' },
    run: async () => {
      const closing: (() => Promise<void>)[] = []
      const open = async () => {
        const config = await loadConfig(terminal)
        const server = await openApi(terminal, config, config.token, { retries: AGENT_RETRIES })
        try {
          const host = await openHost(hostOptions(terminal, config, server.api))
          closing.push(keepSweeping(host), server.close)
          return host
        } catch (error) {
          await server.close()
          throw error
        }
      }
      const log = createLog(terminal, 'warn')
      const { version, stdin, stdout } = terminal
      const onError = (error: unknown) => log.warn({ err: error }, 'the agent’s connection had an error')
      await serveAgentOverStdio({ version, stdin, stdout, openHost: open, onError }, terminal.signal)
      for (const close of closing) await close()
    },
  })
}
