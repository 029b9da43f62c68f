import { readFile, stat } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { postgresOf, startUpHere } from '../support/embedded.ts'
import { type Installation, lives, makeInstallation } from '../support/installation.ts'
import { callTool, spawnAgent } from '../support/mcp-client.ts'

const Config = z.object({ url: z.string(), token: z.string(), personToken: z.string() })

test('up writes a private configuration, prints how to connect, stops at SIGTERM and finds everything again', async () => {
  const installation = await makeInstallation(null)
  const first = await startUpHere(installation)
  const config = await readConfig(installation)
  expect((await stat(installation.configFile)).mode & 0o777).toBe(0o600)
  expect(first.said).toMatch(/Scrum4Me \S+ is running at http:\/\/127\.0\.0\.1:\d+\./)
  expect(first.said).toMatch(/claude mcp add scrum4me .*-e XDG_CONFIG_HOME=\S+ .*-- \S+ \S+main\.js mcp/)
  expect(first.said).toMatch(/codex mcp add scrum4me .*--env SCRUM4ME_DATA_DIR=\S+ .*-- \S+ \S+main\.js mcp/)
  for (const secret of [config.token, config.personToken]) expect(first.said).not.toContain(secret)
  expect(await installation.run('product', 'create', 'Shop')).toMatchObject({ exitCode: 0 })

  const postgres = await postgresOf(installation)
  first.command.kill('SIGTERM')
  const { exitCode, stdout, stderr } = await first.command
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(stdout).toContain('Nothing is lost')
  expect(lives(postgres)).toBe(false)
  expect((await installation.run('product', 'list')).stderr).toMatch(/^SERVER_UNAVAILABLE: .*\n.*scrum4me up/)

  await startUpHere(installation)
  expect(await readConfig(installation)).toEqual({ ...config, url: expect.any(String) })
  expect((await installation.run('product', 'list')).stdout).toContain('Shop')
  const agent = await spawnAgent(installation, '2025-11-25')
  expect(await callTool(agent, 'list_products')).toMatchObject({ products: [{ name: 'Shop' }] })
})

async function readConfig({ configFile }: Installation): Promise<z.infer<typeof Config>> {
  return Config.parse(JSON.parse(await readFile(configFile, 'utf8')))
}
