import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { remoteApi } from '../../src/host/remote/remote-api.ts'
import { makeWorker } from '../support/backlog.ts'
import { insertWorkers } from '../support/bulk.ts'
import { serveHttp } from '../support/http.ts'
import { until } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person } = await openTestServer()

test('H8 waits over HTTP that are aborted after a garbage collection leave nobody waiting', async () => {
  const { token, userId, api: own } = await person()
  const { hostId } = await makeWorker(own)
  const api = remoteApi({ url: (await serveHttp(server)).url, token, version: '0.1.0', retries: 0 })
  const gone = new AbortController()
  const workers = await insertWorkers(db.pool, { userId, hostId, count: 20 })
  const waits = workers.map(worker_id =>
    api.jobs.claim({ worker_id, wait_ms: 45_000 }, { signal: gone.signal }).catch(() => null),
  )
  await until(() => server.dispatcher.waiting === 20)
  setFlagsFromString('--expose_gc')
  const collect: () => void = runInNewContext('gc')
  for (let turn = 0; turn < 3; turn++) {
    collect()
    await new Promise(setImmediate)
  }
  gone.abort()
  await Promise.all(waits)
  await until(() => server.dispatcher.waiting === 0)
  expect(server.dispatcher.waiting).toBe(0)
})
