import { expect, onTestFinished, test, vi } from 'vitest'
import { remoteApi } from '../../src/host/remote/remote-api.ts'
import type { BellListener } from '../../src/server/dispatcher/bell.ts'
import { makeWorker } from '../support/backlog.ts'
import { insertWorkers } from '../support/bulk.ts'
import { collectGarbage } from '../support/garbage.ts'
import { serveHttp } from '../support/http.ts'
import { until } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person } = await openTestServer()

test('H8 waits over HTTP that are aborted after a garbage collection leave nobody waiting', async () => {
  const { api, own, userId } = await connect()
  const { hostId } = await makeWorker(own)
  const gone = new AbortController()
  const workers = await insertWorkers(db.pool, { userId, hostId, count: 20 })
  const waits = workers.map(worker_id =>
    api.jobs.claim({ worker_id, wait_ms: 45_000 }, { signal: gone.signal }).catch(() => null),
  )
  await until(() => server.dispatcher.waiting === 20)
  await collectGarbage()
  gone.abort()
  await Promise.all(waits)
  await until(() => server.dispatcher.waiting === 0)
  expect(server.dispatcher.waiting).toBe(0)
})

test('streams of events over HTTP end with their signal after a garbage collection, and nobody goes on telling', async () => {
  const { api } = await connect()
  const telling = watchListeners()
  const gone = new AbortController()
  const streams = await Promise.all(Array.from({ length: 20 }, () => api.events.follow({}, { signal: gone.signal })))
  const ends = streams.map(stream => stream.next().catch(() => 'aborted'))
  await until(() => telling.size === 20)
  await collectGarbage()
  gone.abort()
  expect(await Promise.all(ends)).toEqual(streams.map(() => 'aborted'))
  await until(() => telling.size === 0)
})

async function connect() {
  const { token, userId, api: own } = await person()
  const { url } = await serveHttp(server)
  return { userId, own, api: remoteApi({ url, token, version: '0.1.0', retries: 0 }) }
}

/** Who listens for events at the server, from now on. */
function watchListeners(): Set<BellListener> {
  const listeners = new Set<BellListener>()
  const listen = server.bell.listen.bind(server.bell)
  vi.spyOn(server.bell, 'listen').mockImplementation(() => {
    const listener = listen()
    listeners.add(listener)
    const close = () => {
      listeners.delete(listener)
      listener.close()
    }
    return { ...listener, close }
  })
  onTestFinished(() => void vi.restoreAllMocks())
  return listeners
}
