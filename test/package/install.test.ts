import { on } from 'node:events'
import { constants } from 'node:fs'
import { access, chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { makeFolder } from '../support/folder.ts'
import { pack } from '../support/pack.ts'

const isRoot = process.getuid?.() === 0

test('the package, installed by npm into an empty folder, runs for its owner, and for root as another user too', async () => {
  const folder = await install()
  await access(join(folder, 'node_modules/scrum4me/dist/host/git/never-asks/ssh'), constants.X_OK)
  await tryOut(folder, null)
  if (isRoot) await tryOut(folder, await readAccount('nobody'))
})

interface Account {
  uid: number
  gid: number
}

async function install(): Promise<string> {
  const { path } = await pack()
  const folder = await makeFolder()
  await chmod(folder, 0o755)
  await writeFile(join(folder, 'package.json'), '{ "private": true }')
  await execa('npm', ['install', '--no-audit', '--no-fund', path], { cwd: folder })
  return folder
}

/** The commands that a person tries first. */
async function tryOut(folder: string, account: Account | null): Promise<void> {
  const run = await commandsOf(folder, account)
  expect((await run('--version').ended).stdout).toMatch(/^\d+\.\d+\.\d+/)
  expect((await run('demo').ended).stdout).toMatch(/All \d+ findings are as they should be\./)

  const up = run('up')
  await up.line(/^Then tell the agent/)
  const mcp = run('mcp')
  mcp.say({ jsonrpc: '2.0', id: 1, method: 'initialize', params: HELLO })
  const answer: unknown = JSON.parse(await mcp.line(/"id":1/))
  expect(answer).toMatchObject({ id: 1, result: { serverInfo: { name: 'scrum4me' } } })
  mcp.stop()
  expect((await run('product', 'create', 'Shop').ended).stdout).toContain('Shop')
  expect((await run('backup', 'create').ended).stdout).toContain('by-hand')
  up.stop()
  expect((await up.ended).exitCode).toBe(0)
}

const HELLO = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } }

async function commandsOf(folder: string, account: Account | null) {
  const home = await makeFolder()
  await chmod(home, 0o711)
  const own = join(home, 'own')
  await mkdir(own)
  if (account) await execa('chown', [`${account.uid}:${account.gid}`, own])
  const env = { PATH: process.env.PATH ?? '', HOME: own, SCRUM4ME_PORT: '0' }
  return (...args: string[]) => {
    const command = execa(join(folder, 'node_modules', '.bin', 'scrum4me'), args, {
      cwd: '/',
      env,
      extendEnv: false,
      reject: false,
      ...account,
    })
    return {
      ended: command,
      line: (wanted: RegExp) => firstLine(command.stdout, wanted),
      say: (message: object) => command.stdin.write(`${JSON.stringify(message)}\n`),
      stop: () => void command.kill('SIGTERM'),
    }
  }
}

async function firstLine(output: Readable, wanted: RegExp): Promise<string> {
  for await (const [line] of on(createInterface(output), 'line', { close: ['close'] }))
    if (wanted.test(line)) return line
  throw new Error(`It ended without a line like ${wanted}.`)
}

async function readAccount(name: string): Promise<Account> {
  const line = (await readFile('/etc/passwd', 'utf8')).split('\n').find(text => text.startsWith(`${name}:`)) ?? ''
  const [, , uid, gid] = line.split(':').map(Number)
  return { uid: uid ?? 0, gid: gid ?? 0 }
}
