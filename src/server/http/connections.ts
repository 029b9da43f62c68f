import type { Server } from 'node:http'
import type { Socket } from 'node:net'

export interface Connections {
  /** Ends the connections on which no call is under way, now and as each becomes so. */
  endWhenQuiet(): void
}

/**
 * Follows the calls on each connection of a server. Node itself counts one as busy on which nobody has called yet, and
 * clients open such ones ahead of time.
 */
export function followConnections(server: Server): Connections {
  const calls = new Map<Socket, number>()
  let isEnding = false
  const endIfQuiet = (socket: Socket) => {
    if (isEnding && calls.get(socket) === 0) socket.destroySoon()
  }
  const count = (socket: Socket, change: 1 | -1) => {
    calls.set(socket, (calls.get(socket) ?? 0) + change)
    endIfQuiet(socket)
  }
  server.on('connection', socket => {
    calls.set(socket, 0)
    socket.once('close', () => calls.delete(socket))
  })
  server.on('request', ({ socket }, answer) => {
    count(socket, 1)
    answer.once('close', () => {
      if (calls.has(socket)) count(socket, -1)
    })
  })
  return {
    endWhenQuiet() {
      isEnding = true
      for (const socket of calls.keys()) endIfQuiet(socket)
    },
  }
}
