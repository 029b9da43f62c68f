import type { Host, LocalHost } from '../host/flows/host.ts'
import { openHost, openLocalHost } from '../host/open-host.ts'
import { hostOptions, localHostOptions } from './host-options.ts'
import { loadConfig } from './load-config.ts'
import type { Terminal } from './terminal.ts'
import { openApi } from './with-server.ts'

/** Runs a command as this machine's half, on the token for agents, and closes it afterwards. */
export async function withHost<T>(terminal: Terminal, work: (host: Host) => Promise<T>): Promise<T> {
  const config = await loadConfig(terminal)
  const { api, close } = await openApi(terminal, config, config.token, { retries: 0, reapEveryMs: 0 })
  try {
    return await work(await openHost(hostOptions(terminal, config, api)))
  } finally {
    await close()
  }
}

/** The same without a server, for what this machine knows by itself. */
export async function withLocalHost<T>(terminal: Terminal, work: (host: LocalHost) => Promise<T>): Promise<T> {
  return work(openLocalHost(localHostOptions(terminal, await loadConfig(terminal))))
}
