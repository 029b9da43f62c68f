import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { remoteApi } from '../../src/host/remote/remote-api.ts'
import { makeBacklog } from '../support/backlog.ts'
import { startUpHere } from '../support/embedded.ts'
import { type Installation, makeInstallation } from '../support/installation.ts'
import { callTool, ERAS } from '../support/mcp-client.ts'
import { connectOverHttp } from '../support/mcp-http.ts'
import { commitFile, headOf, makeRemote } from '../support/repositories.ts'

test.each(ERAS)('H25 an agent of %s over HTTP goes on with its job after the server was killed with -9', async era => {
  const installation = await makeInstallation(null)
  const remote = await makeRemote(installation.machine)
  const first = await startUpHere(installation)
  const before = await readConfig(installation)
  const api = remoteApi({ url: before.url, token: before.personToken, version: '0.1.0', retries: 0 })
  const { firstTask } = await makeBacklog(api, { repoUrl: pathToFileURL(remote).href })
  await api.jobs.dispatch({ task_id: firstTask.id })
  const client = await connectOverHttp({ url: door(before.url) }, before.token, era)
  const order = await callTool(client, 'wait_for_job', { wait_seconds: 5 })
  const hold = { job_id: order.job_id, claim_token: order.claim_token }
  const head = await commitFile(String(order.worktree_path), 'hello.js', 'hello')
  first.command.kill('SIGKILL')
  await first.command

  await startUpHere(installation)
  const after = await readConfig(installation)
  const again = await connectOverHttp({ url: door(after.url) }, after.token, era)
  await callTool(again, 'verify_task_against_plan', hold)
  const done = { ...hold, status: 'done', summary: 'Written.' }
  expect(await callTool(again, 'update_job_status', done)).toMatchObject({ status: 'done', head_sha: head })
  expect(await headOf(remote, String(order.branch_name))).toBe(head)
})

const Config = z.object({ url: z.string(), token: z.string(), personToken: z.string() })

async function readConfig({ configFile }: Installation) {
  return Config.parse(JSON.parse(await readFile(configFile, 'utf8')))
}

function door(url: string): URL {
  return new URL('/mcp', url)
}
