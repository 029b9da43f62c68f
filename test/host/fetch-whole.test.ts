import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { fetchWhole } from '../../src/host/remote/fetch-whole.ts'

const HALF_A_BODY = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{'

test.each([
  ['takes a call and says nothing', () => undefined],
  ['ends a connection at once', (socket: Socket) => socket.destroy()],
  ['says half an answer', (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n')],
  ['says half a body', (socket: Socket) => socket.write(HALF_A_BODY)],
])('H5 one who %s is not waited for without an end', async (_, answer) => {
  const sockets: Socket[] = []
  const server = createServer(socket => {
    sockets.push(socket)
    answer(socket)
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await once(server, 'listening')
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  await expect(fetchWhole(new Request(url), {}, { url, limitMs: 300, signal: undefined })).rejects.toThrow()
})
