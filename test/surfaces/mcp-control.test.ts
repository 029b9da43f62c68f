import { describe, expect, test } from 'vitest'
import { makeSprint } from '../support/held-jobs.ts'
import { makeHost, makeWorkplace, worktreesOf } from '../support/host.ts'
import { callTool, connectAgent, ERAS, failTool } from '../support/mcp-client.ts'
import { commitFile, headOf } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { db, person } = await openTestServer()

describe.each(ERAS)('an agent of %s', era => {
  test('H24 hands its job back: nothing is lost, no attempt is charged, and it is not given it at once', async () => {
    const { api } = await person()
    const { machine, jobIds } = await makeWorkplace(api)
    const { client } = await connectAgent(await makeHost(api, machine), era)
    const job = await callTool(client, 'wait_for_job', { wait_seconds: 5 })
    const head = await commitFile(String(job.worktree_path), 'half.js', 'half')
    const root = String(job.worktree_path)
    const answer = await callTool(client, 'release_job', { job_id: job.job_id, reason: 'The API key is missing.' })
    expect(answer.rescue_ref).toBe(`refs/scrum4me/rescue/${job.job_id}/1`)
    expect(await worktreesOf(machine)).toEqual([])
    expect(root).toContain(String(job.job_id))
    expect(await api.jobs.get({ job_id: jobIds[0] ?? '' })).toMatchObject({
      status: 'queued',
      retry_count: 0,
      error: 'The API key is missing.',
    })
    expect(await callTool(client, 'wait_for_job', { wait_seconds: 1 })).toMatchObject({ status: 'timeout' })

    await db.moveClock('1 hour')
    const again = await callTool(client, 'wait_for_job', { wait_seconds: 5 })
    expect(again.previous_attempts).toMatchObject([{ claim_no: 1, rescue_ref: answer.rescue_ref }])
    expect(await headOf(String(again.worktree_path), String(answer.rescue_ref))).toBe(head)
  })

  test('H50 learns of a paused run by its heartbeat, and of a cancelled one by its next call', async () => {
    const { api } = await person()
    const place = await makeWorkplace(api, { queued: false })
    const sprint = await makeSprint(api, place)
    const { client } = await connectAgent(await makeHost(api, place.machine), era)
    const run = await callTool(client, 'start_sprint_run', { sprint_id: sprint.id })
    const { job_id } = await callTool(client, 'wait_for_job', { wait_seconds: 5 })
    await callTool(client, 'pause_sprint_run', { sprint_run_id: run.id, reason: 'Lunch.' })
    expect(await callTool(client, 'job_heartbeat', { job_id })).toMatchObject({
      sprint_run_status: 'paused',
      sprint_run_pause_reason: 'Lunch.',
    })
    await callTool(client, 'resume_sprint_run', { sprint_run_id: run.id })
    expect(await callTool(client, 'cancel_sprint_run', { sprint_run_id: run.id })).toMatchObject({
      status: 'cancelled',
    })
    expect(await failTool(client, 'job_heartbeat', { job_id })).toMatch(/^JOB_CANCELLED/)
    expect(await worktreesOf(place.machine)).toEqual([])
  })
})
