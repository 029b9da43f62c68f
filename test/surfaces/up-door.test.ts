import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createTestDatabase } from '../support/database.ts'
import { makeInstallation } from '../support/installation.ts'
import { bearer, callRaw, failureIn } from '../support/raw-http.ts'
import { startUp } from '../support/up.ts'

const db = await createTestDatabase()
const Config = z.object({ url: z.url(), token: z.string(), personToken: z.string() })

/** An `up` that people call by a name of its own, with the tokens that it wrote down. */
async function serve() {
  const variables = { DATABASE_URL: db.url, SCRUM4ME_URL: 'https://board.example.com/' }
  const machine = await makeInstallation(null, variables)
  const { url: said, command } = await startUp(machine)
  const config = Config.parse(JSON.parse(await readFile(machine.configFile, 'utf8')))
  const call = (path: string, headers: Record<string, string>, body?: string) =>
    callRaw(`${config.url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { accept: 'application/json, text/event-stream', ...bearer(config.token), ...headers },
      ...(body !== undefined && { body }),
    })
  return { said, command, config, call }
}

const LIST = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' })
const NOT_MCP = ['', 'null', '[]', '{', '"x"', '[[[]]]', '{"jsonrpc":"2.0"}', '{"jsonrpc":"1.0","id":{},"method":[]}']

describe('the door of a real server', () => {
  test('H54 H55 is open to its own names and its own page, with a token, and to nobody else; nothing shakes it', async () => {
    const { said, command, config, call } = await serve()
    expect(said).toBe('https://board.example.com/')
    const own = { host: 'board.example.com', origin: 'https://board.example.com' }
    for (const path of ['/healthz', '/api/products', '/metrics']) expect((await call(path, own)).status, path).toBe(200)

    const evil = ['evil.example.com', 'board.example.com.evil.example.com']
    for (const host of evil)
      for (const [path, body] of [['/healthz'], ['/api/products'], ['/mcp', LIST]] as const)
        expect(failureIn(await call(path, { host }, body)).status, path).toBe(421)
    for (const [path, body] of [
      ['/api/products', '{"name":"x"}'],
      ['/mcp', LIST],
    ] as const) {
      const page = { ...own, origin: 'https://evil.example.com', 'content-type': 'text/plain' }
      expect(failureIn(await call(path, page, body)).status, path).toBe(403)
      const unknown = { ...own, authorization: 'Bearer s4m_unknown' }
      expect(failureIn(await call(path, unknown, body)).status, path).toBe(401)
    }
    for (const body of NOT_MCP) {
      const answer = await call('/mcp', own, body)
      expect([400, 404, 405, 406, 415], body).toContain(answer.status)
      expect(answer.body).not.toMatch(/\n +at |node_modules/)
    }
    expect((await call('/healthz', own)).status).toBe(200)

    command.kill('SIGTERM')
    const { exitCode, stdout, stderr } = await command
    expect(exitCode).toBe(0)
    for (const secret of [config.token, config.personToken, 's4m_unknown', new URL(db.url).password])
      expect(`${stdout}${stderr}`).not.toContain(secret)
  })
})
