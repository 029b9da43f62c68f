import { once } from 'node:events'
import { defineCommand } from 'citty'
import type { Config } from '../../config.ts'
import { listenHttp } from '../../server/http/listen-http.ts'
import type { RunningServer } from '../../server/open-server.ts'
import { openConfiguredServer } from '../configured-server.ts'
import { connectionLines } from '../connection-lines.ts'
import { createLog } from '../create-log.ts'
import { openDoorForAgents } from '../door-for-agents.ts'
import { introduceMachine } from '../introduce-machine.ts'
import { loadConfig } from '../load-config.ts'
import { say, type Terminal } from '../terminal.ts'
import { withEmbedded } from '../with-embedded.ts'

/** `up`: the server on its embedded PostgreSQL (or on DATABASE_URL) until Ctrl-C, which stops everything cleanly. */
export function upCommand(terminal: Terminal) {
  return defineCommand({
    meta: { name: 'up', description: 'Start the server' },
    run: async () => {
      const config = await loadConfig(terminal)
      if (config.databaseUrl) await serveOn(terminal, config, config.databaseUrl)
      else await serveEmbedded(terminal, config)
      say(terminal, 'Stopped. Nothing is lost: the next start finds everything again.')
    },
  })
}

/** On a database of the user's own, as many servers as they like. */
async function serveOn(terminal: Terminal, config: Config, databaseUrl: string): Promise<void> {
  const server = await openConfiguredServer(terminal, config, databaseUrl)
  await serve(terminal, config, server).finally(() => server.close())
}

/** On an embedded database there is one server per data folder, and nothing is changed before that is sure. */
async function serveEmbedded(terminal: Terminal, config: Config): Promise<void> {
  const { dataDir, logLevel } = config
  const log = createLog(terminal, logLevel)
  await withEmbedded({ dataDir, log }, databaseUrl => serveOn(terminal, config, databaseUrl))
}

async function serve(terminal: Terminal, config: Config, server: RunningServer): Promise<void> {
  const { host, port, publicUrl } = config.listen
  const names = publicUrl ? [new URL(publicUrl).hostname] : []
  const agents = openDoorForAgents(terminal, config, server)
  const mounts = { '/mcp': agents.serve }
  const http = await listenHttp(server, { host, port }, { names, mounts })
  try {
    agents.sweepAs(await introduceMachine(config, server, http.url))
    say(terminal, `Scrum4Me ${terminal.version} is running at ${publicUrl ?? http.url}. Ctrl-C stops it.\n`)
    for (const line of connectionLines(terminal)) say(terminal, line)
    if (!terminal.signal.aborted) await once(terminal.signal, 'abort')
  } finally {
    await Promise.all([server.endWaits(), agents.close(), http.close()])
  }
}
