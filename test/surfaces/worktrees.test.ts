import { writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { loseAllLeases, makeWorkplace } from '../support/host.ts'
import { serveHttp } from '../support/http.ts'
import { makeInstallation } from '../support/installation.ts'
import { callTool, spawnAgent } from '../support/mcp-client.ts'
import { commitFile, headOf, sh } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { db, server, person } = await openTestServer()
const http = await serveHttp(server)

test('H16 H32 worktrees are listed and the dead ones removed from the shell; what they held is found and restored', async () => {
  const owner = await person()
  await makeWorkplace(owner.api)
  const installation = await makeInstallation({ url: http.url, token: owner.token, personToken: owner.token })
  const { run } = installation
  expect((await run('worktree', 'list')).stdout).toBe('No worktree stands.')
  const agent = await spawnAgent(installation, '2025-11-25')
  const job = await callTool(agent, 'wait_for_job', { wait_seconds: 5 })
  const [path, id] = [String(job.worktree_path), String(job.job_id)]
  const head = await commitFile(path, 'half.js', 'half')

  expect((await run('worktree', 'clean')).stdout).toBe('Nothing was to be removed.')
  expect((await run('worktree', 'list')).stdout).toMatch(new RegExp(`${id} +live +feat/story-\\w+ +${path}`))
  await agent.close()
  await loseAllLeases({ db, server })
  expect(JSON.parse((await run('worktree', 'list', '--json')).stdout)).toMatchObject([
    { job_id: id, claim: 'dead', path },
  ])
  expect((await run('worktree', 'clean')).stdout).toBe(`Removed ${path}, kept refs/scrum4me/rescue/${id}/1.`)

  expect((await run('rescue', 'list')).stdout).toMatch(new RegExp(`${id}/1 +0 minutes +no +Write half.js`))
  expect(JSON.parse((await run('rescue', 'list', '--json')).stdout)).toMatchObject([
    { work: `${id}/1`, commit: head, saved_at: expect.stringMatching(/^20/), on_origin: false },
  ])
  const restored = await run('rescue', 'restore', `${id}/1`, '--branch', 'half-done')
  expect(restored).toMatchObject({ exitCode: 0, stderr: '' })
  const [, root = ''] = / in (\S+)\.$/m.exec(restored.stdout) ?? []
  expect(await headOf(root, 'half-done')).toBe(head)
  expect(await run('rescue', 'restore', `${id}/1`, '--branch', 'half-done')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/^CONFLICT: /),
  })
  expect((await run('rescue', 'restore', 'nothing/1', '--branch', 'x')).stderr).toMatch(/^NOT_FOUND: .*\n.*rescue list/)
  expect((await run('rescue', 'restore', `${id}/1`, '--branch', '--force')).exitCode).toBe(1)
})

test('H40 worktrees and kept work are found, and the work restored, without a server', async () => {
  const owner = await person()
  await makeWorkplace(owner.api)
  const installation = await makeInstallation({ url: http.url, token: owner.token, personToken: owner.token })
  const agent = await spawnAgent(installation, '2025-11-25')
  const job = await callTool(agent, 'wait_for_job', { wait_seconds: 5 })
  const [path, id] = [String(job.worktree_path), String(job.job_id)]
  const head = await commitFile(path, 'half.js', 'half')
  await agent.close()
  const saved = `refs/scrum4me/rescue/${id}/1`
  await sh(path, 'update-ref', '--create-reflog', saved, head)

  await writeFile(installation.configFile, JSON.stringify({ url: 'http://127.0.0.1:9', token: 'none' }))
  const { run } = installation
  const listed = await run('worktree', 'list')
  expect(listed).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/unknown: SERVER_UNAVAILABLE: /) })
  expect(listed.stdout).toMatch(new RegExp(`${id} +unknown +feat/story-\\w+ +${path}`))
  expect((await run('rescue', 'list')).stdout).toMatch(new RegExp(`${id}/1 +0 minutes +no +Write half.js`))
  await run('rescue', 'restore', `${id}/1`, '--branch', 'half-done')
  expect(await headOf(path, 'half-done')).toBe(head)
  expect((await run('worktree', 'clean')).stderr).toMatch(/^SERVER_UNAVAILABLE: /)
})
