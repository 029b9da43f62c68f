import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { createMcpHttp } from '../../src/host/mcp/http.ts'
import { ownSiteOnly } from '../../src/server/http/guards.ts'
import { createFixtureServer } from './fixtures.ts'

/** The production's MCP over HTTP behind its guard of the Host and Origin, with the suite's fixtures and without tokens. */
export async function openDoor() {
  const mcp = createMcpHttp({
    version: '0.1.0-test',
    openHost: () => Promise.reject(new Error('the fixtures need no host')),
    onError: () => undefined,
    createServer: createFixtureServer,
  })
  const app = new Hono()
  app.use(ownSiteOnly([]))
  app.all('/mcp', c => mcp.fetch(c.req.raw, { token: '' }))
  const server = createAdaptorServer({ fetch: app.fetch })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    async close() {
      await mcp.close()
      server.close()
    },
  }
}
