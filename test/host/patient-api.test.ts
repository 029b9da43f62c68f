import { expect, test } from 'vitest'
import { patientApi } from '../../src/host/remote/patient-api.ts'
import { first } from '../support/backlog.ts'
import { askForWork, beforeCall, makeAgent, makeHost, makeWorkplace } from '../support/host.ts'
import { addressOfDatabase, databaseUrlBy, openRelay } from '../support/relay.ts'
import { openTestServer } from '../support/server.ts'

const { db, person, openAnother } = await openTestServer()

/** The api in the process of a server whose way to its database can break. */
async function overRelay() {
  const owner = await person()
  const relay = await openRelay(addressOfDatabase(db.url))
  const here = await openAnother({ databaseUrl: databaseUrlBy(relay, db.url) })
  return { ...owner, relay, near: here.client(owner.token) }
}

test('H5 H21 a database that is restarted at the attach costs a job in the process of its server nothing', async () => {
  const { api, relay, near } = await overRelay()
  const { machine, jobIds } = await makeWorkplace(api)
  const steps = [relay.close, relay.open]
  const restarting = beforeCall(near, 'attach', async () => steps.shift()?.())
  const host = await makeHost(patientApi(restarting, 4), machine)
  expect(await askForWork(host, makeAgent(host))).toMatchObject({ job_id: first(jobIds), attempt: 1 })
  expect(await api.jobs.get({ job_id: first(jobIds) })).toMatchObject({ status: 'running', setup_failures: 0 })
})

test('H9 a call whose commit nobody heard of is made again under its key: one thing is made, and its maker is told so', async () => {
  const { api, relay, near } = await overRelay()
  const lost = relay.loseAnswerTo('commit')
  await expect(patientApi(near, 4).products.create({ name: 'Shop' })).rejects.toMatchObject({ code: 'CONFLICT' })
  await lost
  expect(await api.products.list()).toMatchObject([{ name: 'Shop' }])
})

test('a database that stays away is told of after as many tries', async () => {
  const { relay, near } = await overRelay()
  await relay.close()
  await expect(patientApi(near, 2).products.list()).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' })
})
