import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

/** Before the server sees a call, or when it has answered and nobody has heard it yet. */
export type Side = 'request' | 'answer'

/** A call that stands still at the gate. */
export interface StoppedCall {
  letPass(): void
  /** Its connection ends without an answer. */
  cut(): void
}

/** The way from hosts to a server, on which a test can stop a call. */
export interface Gate {
  url: string
  /** Where calls are passed on to, from now on. */
  target: string
  /** The next call of a procedure, such as `jobs/attach`, once it stands at that side of the server. */
  stop(procedure: string, side: Side): Promise<StoppedCall>
}

/** Opens a gate at a port of this machine. */
export async function openGate(target: string): Promise<Gate> {
  const traps = new Map<string, (call: StoppedCall) => void>()
  const passes = async (asked: IncomingMessage, side: Side) => {
    const trap = `${asked.url?.replace('/api/rpc/', '')} ${side}`
    const spring = traps.get(trap)
    if (!spring) return true
    traps.delete(trap)
    return new Promise<boolean>(resolve => spring({ letPass: () => resolve(true), cut: () => resolve(false) }))
  }
  const server = createServer((asked, answered) => {
    pass(gate, passes, asked, answered).catch(() => answered.destroy())
  })
  const gate: Gate = {
    url: '',
    target,
    stop: (procedure, side) => new Promise(resolve => traps.set(`${procedure} ${side}`, resolve)),
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  })
  gate.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return gate
}

/** A side that goes away takes the other one along, as the network would. */
async function pass(
  gate: Gate,
  passes: (asked: IncomingMessage, side: Side) => Promise<boolean>,
  asked: IncomingMessage,
  answered: ServerResponse,
): Promise<void> {
  const body = await buffer(asked)
  if (!(await passes(asked, 'request')) || answered.destroyed) return void answered.destroy()
  const { method, headers } = asked
  const onward = request(new URL(asked.url ?? '/', gate.target), { method, headers, agent: false })
  answered.on('close', () => onward.destroy())
  onward.end(body)
  const [answer] = (await once(onward, 'response')) as [IncomingMessage]
  const text = await buffer(answer)
  if (!(await passes(asked, 'answer'))) return void answered.destroy()
  answered.writeHead(answer.statusCode ?? 502, answer.headers).end(text)
}
