import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { startUpHere, stopUp } from '../support/embedded.ts'
import { makeInstallation } from '../support/installation.ts'
import { ROOT } from '../support/pack.ts'

const read = (name: string) => readFile(join(ROOT, name), 'utf8')

test('all that the image is built from is there, and is let through to the builder', async () => {
  const dockerfile = await read('Dockerfile')
  const sources = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, words = '']) => words.split(' '))
  expect(sources).toContain('src')
  const allowed = (await read('.dockerignore')).split('\n')
  for (const source of sources) {
    await access(join(ROOT, source))
    expect(allowed).toContain(`!${source}`)
  }
})

test('the image runs as an ordinary user and keeps all that it writes in its volume', async () => {
  const dockerfile = await read('Dockerfile')
  expect(dockerfile).toMatch(/^USER node\nVOLUME \/data\nEXPOSE 4400$/m)
  for (const name of ['SCRUM4ME_DATA_DIR', 'SCRUM4ME_AGENT_WORKTREE_DIR', 'XDG_CONFIG_HOME'])
    expect(dockerfile).toMatch(new RegExp(`${name}=/data/`))
})

test('the image’s health check tells a server that serves from one that does not', async () => {
  const [, words = ''] = /^HEALTHCHECK [^[]*CMD (\[.*\])$/m.exec(await read('Dockerfile')) ?? []
  const [, ...args] = z.array(z.string()).parse(JSON.parse(words))
  const installation = await makeInstallation(null)
  const up = await startUpHere(installation)
  const env = { ...installation.env, SCRUM4ME_PORT: new URL(up.url).port }
  const check = () => execa(process.execPath, args, { env, extendEnv: false, reject: false })
  expect((await check()).exitCode).toBe(0)
  await stopUp(up)
  expect((await check()).exitCode).toBe(1)
})

test('the composition publishes its port on this machine only, and has no password of its own', async () => {
  const compose = await read('compose.yaml')
  expect(compose.match(/ports:\n +- "(.*)"\n/)?.[1]).toBe('127.0.0.1:4400:4400')
  expect(compose.match(/ports:/g)).toHaveLength(1)
  for (const [, use] of compose.matchAll(/\$\{POSTGRES_PASSWORD(.*?)\}/g)) expect(use).toMatch(/^:\?/)
})
