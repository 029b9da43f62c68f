import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { listenHttp } from '../../../src/server/http/listen-http.ts'
import { makeWorker } from '../../support/backlog.ts'
import { bearer } from '../../support/raw-http.ts'
import { until } from '../../support/rows.ts'
import { openTestServer } from '../../support/server.ts'

const { server, person } = await openTestServer()

/** A server of the test's own, whose grace for those under way the test lets pass. */
async function serve() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  return listenHttp(server, { host: '127.0.0.1', port: 0 })
}

/** A client that says so much and then nothing more. */
async function sayAndFallSilent({ port }: { port: number }, words: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  // Being cut off may look like an error from here.
  socket.on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  if (words) socket.write(words)
  return socket
}

const POST = 'POST /api/products HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'

test.each([
  ['said nothing', ''],
  ['said half a header', 'GET /healthz HTT'],
  ['never ended its headers', `${POST}X-Slow: yes\r\n`],
  ['promised a body and sent half of it', `${POST}Content-Length: 100\r\n\r\n{"name":`],
  ['sends its body in chunks and stopped', `${POST}Transfer-Encoding: chunked\r\n\r\n3\r\n{"n\r\n`],
  ['keeps its connection open after an answer', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'],
])('H59 a client that %s does not hold up the end', async (_, words) => {
  const http = await serve()
  const socket = await sayAndFallSilent(http, words)
  if (words.startsWith('GET /healthz HTTP/1.1')) await once(socket, 'data')
  const ended = new Promise(resolve => socket.resume().once('close', resolve))
  const closed = http.close()
  await vi.advanceTimersByTimeAsync(3_000)
  await Promise.all([closed, ended])
})

test('H59 a wait that is under way ends with its answer before its connection does', async () => {
  const http = await serve()
  const { token, api } = await person()
  const { workerId } = await makeWorker(api)
  const body = JSON.stringify({ worker_id: workerId, wait_ms: 60_000 })
  const answer = fetch(`${http.url}/api/jobs/claim`, { method: 'POST', headers: bearer(token), body })
  await until(() => server.dispatcher.waiting === 1)
  const closed = http.close()
  await server.endWaits()
  expect(await (await answer).json()).toEqual({ offer: null })
  await closed
  await expect(fetch(`${http.url}/healthz`)).rejects.toThrow()
})

test('a port that is taken is named, with what to do', async () => {
  const http = await serve()
  const second = listenHttp(server, { host: '127.0.0.1', port: http.port })
  await expect(second).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining(String(http.port)) })
  await http.close()
})
