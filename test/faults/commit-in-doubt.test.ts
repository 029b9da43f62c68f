import { expect, test } from 'vitest'
import { openGate } from '../support/gate.ts'
import { serveHttp } from '../support/http.ts'
import { ERAS, spawnAgent } from '../support/mcp-client.ts'
import { addressOfDatabase, databaseUrlBy, openRelay } from '../support/relay.ts'
import { openTestServer } from '../support/server.ts'
import { expectDoneOnce, expectNothingStands } from './findings.ts'
import { doJob, openScene } from './scene.ts'

const stage = await openTestServer()

const POINTS: [call: string, lastWords: string][] = [
  ['jobs/claim', 'claim-next-jobs'],
  ['jobs/attach', 'commit'],
  ['jobs/start', 'commit'],
  ['jobs/recordVerification', 'commit'],
  ['jobs/deliver', 'commit'],
  ['jobs/settle', 'commit'],
]

test.each(POINTS)(
  'H9 H25 the database commits %s and nobody hears it: the same attempt goes on',
  async (call, words) => {
    const relay = await openRelay(addressOfDatabase(stage.db.url))
    const server = await stage.openAnother({ databaseUrl: databaseUrlBy(relay, stage.db.url), pollMs: 100 })
    const gate = await openGate((await serveHttp(server)).url)
    const scene = await openScene({ ...stage, url: gate.url })
    const agent = await spawnAgent(scene.installation, ERAS[1])
    const reached = gate.stop(call, 'request')
    const job = doJob(agent)
    job.catch(() => undefined)
    const stopped = await reached
    const lost = relay.loseAnswerTo(words)
    stopped.letPass()
    await lost
    expect(await job).toMatchObject({ job_id: scene.jobId, attempt: 1 })
    expect(await scene.api.jobs.get({ job_id: scene.jobId })).toMatchObject({ retry_count: 0, setup_failures: 0 })
    await expectDoneOnce(scene)
    await agent.close()
    await expectNothingStands(scene.installation.machine)
  },
)
