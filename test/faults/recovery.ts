import { expect } from 'vitest'
import { ERAS, type Era } from '../support/mcp-client.ts'
import { expectDoneOnce, expectKept, expectNothingStands, headsOf } from './findings.ts'
import { finish, lapse, type Scene } from './scene.ts'

/** What a kill has cost when the lease is over, and which claim ends the job, by an agent's work or without. */
export interface Consequence {
  cost: { status: 'queued' | 'done'; retry_count: number; setup_failures: number }
  attempt: number
  byAgent: boolean
}

const FREE = { status: 'queued', retry_count: 0, setup_failures: 0 } as const

/** What a kill may cost, by how far the job had come. */
export const CONSEQUENCES = {
  notClaimed: { cost: FREE, attempt: 1, byAgent: true },
  offered: { cost: { ...FREE, setup_failures: 1 }, attempt: 2, byAgent: true },
  givenBack: { cost: FREE, attempt: 2, byAgent: true },
  attached: { cost: { ...FREE, retry_count: 1 }, attempt: 2, byAgent: true },
  pushed: { cost: { ...FREE, retry_count: 1 }, attempt: 2, byAgent: false },
  settled: { cost: { ...FREE, status: 'done' }, attempt: 1, byAgent: false },
} as const satisfies Record<string, Consequence>

/** After a kill on its machine a job costs what it may, and a new host there brings it to its end, whole and once. */
export async function expectRecovery(scene: Scene, { cost, attempt, byAgent }: Consequence, era: Era = ERAS[0]) {
  const { machine } = scene.installation
  const commits = await headsOf(machine)
  await lapse(scene)
  expect(await scene.api.jobs.get({ job_id: scene.jobId })).toMatchObject(cost)
  const worked = await finish(scene, era)
  expect(worked).toEqual(byAgent ? [scene.jobId] : [])
  expect(await scene.api.jobs.get({ job_id: scene.jobId })).toMatchObject({ attempt })
  await expectDoneOnce(scene)
  await expectKept(machine, commits)
  await expectNothingStands(machine)
}
