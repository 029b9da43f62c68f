import type { Config } from '../config.ts'
import type { Host } from '../host/flows/host.ts'
import { keepSweeping } from '../host/flows/keep-sweeping.ts'
import { createMcpHttp } from '../host/mcp/http.ts'
import { openHost } from '../host/open-host.ts'
import { patientApi } from '../host/remote/patient-api.ts'
import type { RunningServer } from '../server/open-server.ts'
import { createLog } from './create-log.ts'
import { hostOptions } from './host-options.ts'
import type { Terminal } from './terminal.ts'
import { AGENT_RETRIES } from './with-server.ts'

/** This machine as a host for agents that call over HTTP. */
export interface DoorForAgents {
  serve(request: Request, token: string): Promise<Response>
  /** From now on, removes what dead attempts left on this machine. */
  sweepAs(token: string): void
  close(): Promise<void>
}

/** MCP over Streamable HTTP, in the server's own process. */
export function openDoorForAgents(terminal: Terminal, config: Config, server: RunningServer): DoorForAgents {
  const log = createLog(terminal, config.logLevel)
  const hostOf = (token: string): Promise<Host> =>
    openHost(hostOptions(terminal, config, patientApi(server.client(token), AGENT_RETRIES)))
  const mcp = createMcpHttp({
    version: terminal.version,
    openHost: hostOf,
    onError: error => log.warn({ err: error }, 'an agent’s connection had an error'),
  })
  let stopSweeping: () => Promise<void> = async () => undefined
  return {
    serve: (request, token) => mcp.fetch(request, { token }),
    sweepAs(token) {
      const sweeping = hostOf(token).then(keepSweeping)
      sweeping.catch((error: unknown) => log.warn({ err: error }, 'dead worktrees are not looked for'))
      stopSweeping = async () => {
        const stop = await sweeping.catch(() => null)
        await stop?.()
      }
    },
    async close() {
      await Promise.all([mcp.close(), stopSweeping()])
    },
  }
}
