import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { AppError } from '../../errors.ts'
import type { Stage } from './stage.ts'

const AGENT = fileURLToPath(new URL('./scripted-agent.js', import.meta.url))
const Step = z.object({ step: z.string(), text: z.string() })

/** Starts `scrum4me up` in a process group of its own; resolves when it says that it is running. */
export async function startServer({ terminal }: Stage): Promise<ChildProcess> {
  const [command = '', ...args] = [...terminal.self, 'up']
  const server = spawn(command, args, { env: terminal.env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const said: string[] = []
  server.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  for await (const line of createInterface(server.stdout)) {
    if (!line.includes('is running')) continue
    server.stdout.resume()
    return server
  }
  throw new AppError('SERVER_UNAVAILABLE', `The server did not start: ${said.join('').trim()}`)
}

/** Asks the server to stop and waits until it has. */
export async function stopServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  server.kill('SIGTERM')
  await once(server, 'exit')
}

/** Runs the scripted agent, a process that knows us by MCP alone, until it finds the queue empty. */
export async function runAgent({ terminal }: Stage, onStep: (step: z.infer<typeof Step>) => void): Promise<void> {
  const args = [AGENT, ...terminal.self, 'mcp']
  const agent = spawn(process.execPath, args, { env: terminal.env, stdio: ['ignore', 'pipe', 'inherit'] })
  const stop = () => agent.kill('SIGTERM')
  terminal.signal.addEventListener('abort', stop, { once: true })
  const ended = once(agent, 'exit')
  for await (const line of createInterface(agent.stdout)) onStep(Step.parse(JSON.parse(line)))
  const [code] = await ended
  terminal.signal.removeEventListener('abort', stop)
  if (terminal.signal.aborted) throw new AppError('ABORTED', 'The demo was stopped.')
  if (code !== 0) throw new AppError('INTERNAL_ERROR', `The scripted agent ended with status ${String(code)}.`)
}
