import type { Client } from '@modelcontextprotocol/client'
import { expect, test } from 'vitest'
import type { Host } from '../../src/host/flows/host.ts'
import { first } from '../support/backlog.ts'
import { callTool, connectAgent } from '../support/mcp-client.ts'
import { connectOverHttp, serveMcp } from '../support/mcp-http.ts'
import { openTestServer } from '../support/server.ts'
import { makeSlowWorkplace } from '../support/slow-set-up.ts'

const { server, person } = await openTestServer()

type Slow = Awaited<ReturnType<typeof makeSlowWorkplace>>
const DOORS: [string, (host: Host, slow: Slow, token: string) => Promise<Client>][] = [
  ['over stdio', async host => (await connectAgent(host, '2025-11-25')).client],
  [
    'over HTTP, without a name',
    async (host, { machine }, token) =>
      connectOverHttp(await serveMcp(server, machine, { openHost: async () => host }), token, '2026-07-28'),
  ],
]

test.each(DOORS)(
  'H9 H23 an agent %s whose client bears less than a set-up takes is told in time to call again, and gets that job',
  async (_, connect) => {
    const { api, token } = await person()
    const slow = await makeSlowWorkplace(api, { stories: 2 })
    slow.host.limits = { ...slow.host.limits, maxWaitSeconds: 1 }
    const client = await connect(slow.host, slow, token)
    const begun = slow.untilBegun()
    const wait = () => callTool(client, 'wait_for_job')
    let answer = await wait()
    while (!String(answer.message).includes('being set up')) answer = await wait()
    expect(answer.status).toBe('timeout')
    await begun
    const finished = slow.finish()
    while (answer.status === 'timeout') answer = await wait()
    await finished
    expect(answer).toMatchObject({ status: 'claimed', job_id: first(slow.jobIds), attempt: 1 })
    expect(await slow.countRuns()).toBe(1)
    expect((await api.jobs.list({})).map(({ status, setup_failures }) => [status, setup_failures])).toEqual([
      ['queued', 0],
      ['running', 0],
    ])
  },
)
