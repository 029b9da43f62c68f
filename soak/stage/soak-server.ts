import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type FileHandle, open, readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { MAIN } from '../../test/support/installation.ts'
import type { SoakMachine } from './machine.ts'

/** `scrum4me up` on a machine of its own, which may be killed and started again at the same address. */
export interface SoakServer {
  machine: SoakMachine
  log: FileHandle
  /** Null while it is down, or is to be. */
  process: ChildProcess | null
  /** Called when it has ended although nobody wanted that. */
  onCrash: () => void
}

const ConfigFile = z.object({ url: z.string(), token: z.string(), personToken: z.string() })

/** Starts it for the first time; its configuration then names the address and the tokens. */
export async function openSoakServer(machine: SoakMachine, logFile: string) {
  const server: SoakServer = { machine, log: await open(logFile, 'a'), process: null, onCrash: () => undefined }
  await startSoakServer(server)
  const configDir = machine.env.XDG_CONFIG_HOME ?? ''
  const config = ConfigFile.parse(JSON.parse(await readFile(join(configDir, 'scrum4me', 'config.json'), 'utf8')))
  return { server, ...config }
}

/** Resolves when it says that it is running; rejects when it ends before. */
export async function startSoakServer(server: SoakServer): Promise<void> {
  const { machine, log } = server
  const up = spawn(process.execPath, [MAIN, 'up'], { env: machine.env, stdio: ['ignore', 'pipe', log.fd] })
  up.once('exit', () => {
    if (server.process !== up) return
    server.process = null
    server.onCrash()
  })
  const { stdout } = up
  for await (const line of stdout ? createInterface(stdout) : []) {
    if (!line.includes('is running')) continue
    stdout?.resume()
    server.process = up
    return
  }
  throw new Error('The server did not start; its log says why.')
}

/** Has it end, and resolves when it has; whether it was there. When it is only asked to, its PostgreSQL has ended, too. */
export async function stopSoakServer(server: SoakServer, signal: NodeJS.Signals = 'SIGTERM'): Promise<boolean> {
  const { process: up } = server
  if (!up) return false
  server.process = null
  const ended = once(up, 'exit')
  up.kill(signal)
  await ended
  return true
}

/** The process id of its PostgreSQL; throws when there is none. */
export async function postgresOf({ machine }: SoakServer): Promise<number> {
  const data = join(await realpath(join(machine.dataDir, 'postgres')), 'data')
  return Number.parseInt(await readFile(join(data, 'postmaster.pid'), 'utf8'), 10)
}
