import { defineCommand } from 'citty'
import { serveAgentOverStdio } from '../../host/mcp/stdio.ts'
import { openHost } from '../../host/open-host.ts'
import type { RunningServer } from '../../server/open-server.ts'
import { createLog } from '../create-log.ts'
import { loadConfig } from '../load-config.ts'
import type { Terminal } from '../terminal.ts'
import { openConfiguredServer } from '../with-server.ts'

/** `mcp`: a host for one agent, over stdio. It opens the database at the agent's first call, and the answer to that says what is wrong. */
export function mcpCommand(terminal: Terminal) {
  return defineCommand({
    meta: { name: 'mcp', description: 'Serve one agent over stdio (an MCP client starts this)' },
    run: async () => {
      let server: RunningServer | null = null
      const open = async () => {
        const config = await loadConfig(terminal)
        server ??= await openConfiguredServer(terminal, config)
        return openHost({
          api: server.client(config.token ?? ''),
          version: terminal.version,
          dataDir: config.dataDir,
          worktreesDir: config.worktreesDir,
          env: terminal.env,
          roots: { ...config, env: terminal.env },
          log: createLog(terminal, config.logLevel),
          overrides: config.overrides,
          limits: { maxWaitSeconds: config.maxWaitSeconds },
        })
      }
      const log = createLog(terminal, 'warn')
      const { version, stdin, stdout } = terminal
      const onError = (error: unknown) => log.warn({ err: error }, 'the agent’s connection had an error')
      await serveAgentOverStdio({ version, stdin, stdout, openHost: open, onError }, terminal.signal)
      await closeIfOpen(server)
    },
  })
}

async function closeIfOpen(server: RunningServer | null): Promise<void> {
  await server?.close()
}
