import { readFile } from 'node:fs/promises'
import pg from 'pg'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { remoteApi } from '../../src/host/remote/remote-api.ts'
import { startPostgres } from '../../src/server/postgres/start-postgres.ts'
import { postgresOf, startUpHere, stopUp } from '../support/embedded.ts'
import { openGate, type Side } from '../support/gate.ts'
import { lives, makeInstallation } from '../support/installation.ts'
import { ERAS, spawnAgent } from '../support/mcp-client.ts'
import { killNow } from '../support/processes.ts'
import { expectDoneOnce } from './findings.ts'
import { doJob, queueTask } from './scene.ts'

const Config = z.object({ url: z.string(), token: z.string(), personToken: z.string() })

/** For how many seconds an agent waits: longer than a start takes. */
const WHILE_AWAY = 60

const POINTS: [call: string, side: Side][] = [
  ['jobs/claim', 'request'],
  ['jobs/claim', 'answer'],
  ['jobs/attach', 'answer'],
  ['jobs/deliver', 'answer'],
  ['jobs/settle', 'answer'],
]

test.each(POINTS)(
  'H5 H25 the embedded PostgreSQL is killed at %s, %s: the same attempt goes on',
  async (call, side) => {
    const installation = await makeInstallation(null)
    const up = await startUpHere(installation)
    const { token, personToken } = Config.parse(JSON.parse(await readFile(installation.configFile, 'utf8')))
    const api = remoteApi({ url: up.url, token: personToken, version: '0.1.0', retries: 0 })
    const gate = await openGate(up.url)
    const task = await queueTask(api, installation.machine)
    const env = { ...installation.env, SCRUM4ME_URL: gate.url, SCRUM4ME_TOKEN: token }
    const agent = await spawnAgent({ ...installation, env }, ERAS[0])
    const reached = gate.stop(call, side)
    const job = doJob(agent, WHILE_AWAY)
    job.catch(() => undefined)
    const stopped = await reached
    const postmaster = await postgresOf(installation)
    await killNow(postmaster)
    stopped.letPass()
    expect(await job).toMatchObject({ job_id: task.jobId, attempt: 1 })
    expect(await api.jobs.get({ job_id: task.jobId })).toMatchObject({ retry_count: 0, setup_failures: 0 })
    expect(await postgresOf(installation)).not.toBe(postmaster)
    const { databaseUrl } = await startPostgres({ dataDir: installation.machine.dataDir, log: () => undefined })
    const pool = new pg.Pool({ connectionString: databaseUrl })
    await expectDoneOnce({ ...task, db: { pool } })
    await pool.end()
    await agent.close()
    await stopUp(up)
    expect(await up.command).toMatchObject({ exitCode: 0 })
    expect(lives(await postgresOf(installation).catch(() => 0))).toBe(false)
  },
)
