import { afterAll } from 'vitest'
import { type ListeningHttp, listenHttp } from '../../src/server/http/listen-http.ts'
import type { RunningServer } from '../../src/server/open-server.ts'

/** Serves a test server over HTTP, at a free port of this machine, until the file's tests are over. */
export async function serveHttp(
  server: RunningServer,
  options: Parameters<typeof listenHttp>[2] = {},
): Promise<ListeningHttp> {
  const http = await listenHttp(server, { host: '127.0.0.1', port: 0 }, options)
  afterAll(() => http.close())
  return http
}
