import { expect, test } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { readHostId } from '../../src/host/flows/host-identity.ts'
import { isThere } from '../../src/host/git/worktree-path.ts'
import { makeWorker } from '../support/backlog.ts'
import { makeHost, makeWorkplace } from '../support/host.ts'
import { callTool, connectAgent, failTool } from '../support/mcp-client.ts'
import { openOverHttp } from '../support/mcp-http.ts'
import type { Machine } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const testServer = await openTestServer()
const { person } = testServer

test('H9 H10 over HTTP, a call with the claim token takes the job back from another process of its host', async () => {
  const { client, api, machine } = await openOverHttp(testServer, '2026-07-28')
  const order = await callTool(client, 'wait_for_job', { wait_seconds: 5 })
  const other = await takeOverElsewhere(api, machine, order)
  expect(await callTool(client, 'job_heartbeat', holdOf(order))).toMatchObject({ job_id: order.job_id })
  expect((await api.jobs.get({ job_id: holdOf(order).job_id })).worker_id).not.toBe(other)
  expect(await isThere(String(order.worktree_path))).toBe(true)
})

test('H9 H10 over stdio, a call without the token loses the job to another process, and a resume takes it back', async () => {
  const { api } = await person()
  const { machine } = await makeWorkplace(api)
  const { client } = await connectAgent(await makeHost(api, machine), '2025-11-25')
  const order = await callTool(client, 'wait_for_job', { wait_seconds: 5 })
  const other = await takeOverElsewhere(api, machine, order)
  const { job_id } = holdOf(order)
  expect(await failTool(client, 'job_heartbeat', { job_id })).toMatch(/^LEASE_LOST: .*held by another.*\n.*alone/)
  expect((await api.jobs.get({ job_id })).worker_id).toBe(other)
  expect(await callTool(client, 'wait_for_job', { resume: holdOf(order) })).toMatchObject({ job_id, attempt: 1 })
  expect(await callTool(client, 'job_heartbeat', { job_id })).toMatchObject({ job_id })
})

/** Another process of the same data folder brings the claim token; its worker. */
async function takeOverElsewhere(api: ApiClient, { dataDir }: Machine, order: Record<string, unknown>) {
  const { workerId } = await makeWorker(api, await readHostId(dataDir))
  await api.jobs.takeOver({ ...holdOf(order), worker_id: workerId })
  return workerId
}

function holdOf(order: Record<string, unknown>) {
  return { job_id: String(order.job_id), claim_token: String(order.claim_token) }
}
