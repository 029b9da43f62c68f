import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { postgresOf, startUpHere, stopUp } from '../support/embedded.ts'
import { lives, makeInstallation } from '../support/installation.ts'

test('H60 a second up on the same data refuses and does no harm; after kill -9 of the first the next one works', async () => {
  const installation = await makeInstallation(null)
  const first = await startUpHere(installation)
  const config = await readFile(installation.configFile, 'utf8')
  const postgres = await postgresOf(installation)
  expect(await installation.run('up')).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: expect.stringMatching(/^CONFLICT: Scrum4Me is running already for the data folder .*\n.*SCRUM4ME_DATA_DIR/),
  })
  expect(lives(postgres)).toBe(true)
  expect(await readFile(installation.configFile, 'utf8')).toBe(config)
  expect(await installation.run('product', 'create', 'Shop')).toMatchObject({ exitCode: 0 })

  first.command.kill('SIGKILL')
  await first.command
  expect(lives(postgres)).toBe(true)
  const second = await startUpHere(installation)
  expect(await postgresOf(installation)).toBe(postgres)
  expect((await installation.run('product', 'list')).stdout).toContain('Shop')
  second.command.kill('SIGINT')
  expect(await second.command).toMatchObject({ exitCode: 0 })
  expect(lives(postgres)).toBe(false)
})

test('a PostgreSQL that was left running, or killed with its server, is no obstacle', async () => {
  const installation = await makeInstallation(null)
  const { run } = installation
  const first = await startUpHere(installation)
  await run('product', 'create', 'Shop')
  first.command.kill('SIGKILL')
  await first.command
  const left = await postgresOf(installation)
  const second = await startUpHere(installation)
  expect(await postgresOf(installation)).toBe(left)
  second.command.kill('SIGKILL')
  process.kill(left, 'SIGKILL')
  await second.command
  const third = await startUpHere(installation)
  expect((await run('product', 'list')).stdout).toContain('Shop')
  await stopUp(third)
  expect(lives(left)).toBe(false)
})
