import type { Config } from '../../config.ts'
import type { ApiClient } from '../../contract/client.ts'
import type { AppError } from '../../errors.ts'
import { fromApi } from '../../host/flows/api-error.ts'
import { createGit, type Git } from '../../host/git/git.ts'
import { loadConfig } from '../load-config.ts'
import type { Terminal } from '../terminal.ts'
import { openApi } from '../with-server.ts'

/** What is examined: this machine, its configuration, and the server as far as it answers. */
export interface Patient {
  terminal: Terminal
  /** Or why it cannot be read. */
  config: Config | AppError
  git: Git
  withPush: boolean
  /** Ends with the caller, and after ten seconds at the latest. */
  limit(): AbortSignal
  /** The api for a token, or why there is none; asked as often as one likes. */
  api(token: string | null): Promise<ApiClient | AppError>
}

/** Nothing that is asked here takes longer when all is well. */
const LIMIT_MS = 10_000

/** Examines with `examine`, and closes what was opened for it. */
export async function withPatient<T>(
  terminal: Terminal,
  withPush: boolean,
  examine: (patient: Patient) => Promise<T>,
): Promise<T> {
  const config = await loadConfig(terminal).catch(fromApi)
  const timers: NodeJS.Timeout[] = []
  const limit = () => {
    const over = new AbortController()
    timers.push(setTimeout(() => over.abort(), LIMIT_MS))
    return AbortSignal.any([terminal.signal, over.signal])
  }
  const opened = new Map<string | null, ReturnType<typeof open>>()
  const open = async (token: string | null) => {
    if (config instanceof Error) return config
    return openApi(terminal, config, token, { retries: 0, reapEveryMs: 0 }).catch(fromApi)
  }
  try {
    return await examine({
      terminal,
      config,
      git: createGit({ env: terminal.env, timeoutMs: LIMIT_MS }),
      withPush,
      limit,
      api: async token => {
        const known = opened.get(token) ?? open(token)
        opened.set(token, known)
        const server = await known
        return server instanceof Error ? server : server.api
      },
    })
  } finally {
    for (const timer of timers) clearTimeout(timer)
    for (const server of await Promise.all(opened.values())) if (!(server instanceof Error)) await server.close()
  }
}
