import { isContractProcedure } from '@orpc/contract'
import { z } from 'zod'
import { api as contract } from '../../src/contract/api.ts'
import type { ApiClient } from '../../src/contract/client.ts'
import type { TokenScope } from '../../src/domain/permissions.ts'
import { first, makeWorker } from './backlog.ts'
import { holdJob, holdSprint, SHA, startRun } from './held-jobs.ts'

type NamesOf<Areas> = { [Area in keyof Areas & string]: `${Area}.${keyof Areas[Area] & string}` }[keyof Areas & string]
export type ProcedureName = NamesOf<typeof contract>

/** The scope that each procedure asks for, if any, and what a call of it says beside ids. A new procedure needs a row here. */
const PROCEDURES: Record<ProcedureName, { scope: TokenScope | null; says?: Record<string, unknown> }> = {
  'system.health': { scope: null },
  'hosts.register': { scope: 'work', says: { host_name: 'host', version: '0', worker_name: 'agent' } },
  'hosts.list': { scope: 'read' },
  'jobs.claim': { scope: 'work', says: { wait_ms: 0 } },
  'jobs.attach': { scope: 'work', says: { worktree_path: '/w', branch: 'feat/x', base_sha: SHA.base } },
  'jobs.giveBack': { scope: 'work', says: { blame: 'nobody', reason: 'The client went away.' } },
  'jobs.releaseOffers': { scope: 'work' },
  'jobs.renew': { scope: 'work' },
  'jobs.start': { scope: 'work' },
  'jobs.recordVerification': {
    scope: 'work',
    says: { verified_sha: SHA.head, changed_paths: ['hello.js'], changed_lines: 1 },
  },
  'jobs.deliver': { scope: 'work', says: { head_sha: SHA.head } },
  'jobs.leaveLine': { scope: 'work', says: { branch: 'feat/x', reason: 'merged' } },
  'jobs.reportConflict': { scope: 'work', says: { base_sha: SHA.other } },
  'jobs.settle': { scope: 'work', says: { outcome: 'failed', error: 'The tests are red.' } },
  'jobs.recordRemains': { scope: 'work', says: { attempt: 1, rescue_ref: null, removed: true } },
  'jobs.recordRescue': {
    scope: 'work',
    says: { attempt: 1, rescue_ref: 'refs/scrum4me/rescue/job_1/1', state: 'pushed' },
  },
  'jobs.recordActivity': { scope: 'work' },
  'jobs.cutLease': { scope: 'work' },
  'jobs.takeOver': { scope: 'work' },
  'jobs.judgeClaims': { scope: 'work', says: { claims: [] } },
  'jobs.get': { scope: 'read' },
  'jobs.listEvents': { scope: 'read' },
  'jobs.cancel': { scope: 'person' },
  'jobs.retry': { scope: 'person' },
  'jobs.list': { scope: 'read' },
  'jobs.dispatch': { scope: 'author' },
  'jobs.checkQueue': { scope: 'read' },
  'executions.start': { scope: 'work' },
  'executions.recordVerification': {
    scope: 'work',
    says: { verified_sha: SHA.head, changed_paths: ['hello.js'], changed_lines: 1 },
  },
  'executions.deliver': { scope: 'work', says: { head_sha: SHA.head } },
  'executions.reportConflict': { scope: 'work', says: { base_sha: SHA.other } },
  'executions.settle': { scope: 'work', says: { outcome: 'skipped', reason: 'It is so already.' } },
  'products.list': { scope: 'read' },
  'products.create': { scope: 'author', says: { name: 'Shop' } },
  'products.update': { scope: 'person', says: { push_rescues: true } },
  'products.getKit': { scope: 'read' },
  'products.setKit': { scope: 'person', says: { kit: { setup: ['npm ci'] } } },
  'backlog.listPbis': { scope: 'read' },
  'backlog.createPbi': { scope: 'author', says: { title: 'Checkout' } },
  'backlog.createStory': { scope: 'author', says: { title: 'Pay' } },
  'backlog.createTask': { scope: 'author', says: { title: 'Button' } },
  'backlog.updateTaskStatus': { scope: 'author', says: { status: 'todo' } },
  'sprints.create': { scope: 'author', says: { goal: 'Sell more' } },
  'sprints.startRun': { scope: 'author' },
  'sprints.getRun': { scope: 'read' },
  'sprints.pauseRun': { scope: 'author' },
  'sprints.resumeRun': { scope: 'author' },
  'sprints.cancelRun': { scope: 'person' },
  'events.follow': { scope: 'read' },
  'tokens.create': { scope: 'person', says: { name: 'another', scopes: ['person'] } },
  'tokens.list': { scope: 'person' },
  'tokens.current': { scope: null },
  'tokens.revoke': { scope: 'person' },
}

/** Every procedure of the contract. */
export const PROCEDURE_NAMES = Object.entries(contract).flatMap(([area, procedures]) =>
  Object.keys(procedures).map(name => `${area}.${name}`),
)

export function rowOf(name: string) {
  const row = Object.entries(PROCEDURES).find(([known]) => known === name)?.[1]
  if (!row) throw new Error(`${name} has no row in test/support/procedures.ts`)
  return row
}

/** The fields of a procedure's input by which things are named. */
export function idFieldsOf(name: string): string[] {
  const fields = fieldsOf(name).filter(field => field === 'before' || /_ids?$/.test(field))
  return fields.map(field => thingOf(name, field))
}

/** What a field names: a call about an execution names a sprint's job, any other call a task's. */
function thingOf(name: string, field: string): string {
  const isOfSprint = name.startsWith('executions.') && (field === 'job_id' || field === 'claim_token')
  return isOfSprint ? `sprint_${field}` : field
}

function fieldsOf(name: string): string[] {
  const [area = '', verb = ''] = name.split('.')
  const procedure: unknown = Reflect.get(Reflect.get(contract, area), verb)
  if (!isContractProcedure(procedure)) throw new Error(`${name} is no procedure`)
  const schema = procedure['~orpc'].inputSchema
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
}

/** One of each thing that a call can name, by the field that names it. */
export type Things = Readonly<Record<string, string | string[]>>

export async function makeThings(api: ApiClient): Promise<Things> {
  const held = await holdSprint(api)
  const { hold, hostId, context } = await holdJob(api)
  const later = await api.backlog.createTask({ story_id: context.story.id, title: 'Later' })
  const { job_id: before } = await api.jobs.dispatch({ task_id: later.id })
  const { sprint, run } = await startRun(api)
  const spare = await api.tokens.create({ name: 'spare', scopes: ['person'] })
  return {
    ...hold,
    before,
    host_id: hostId,
    worker_id: (await makeWorker(api, hostId)).workerId,
    product_id: context.product.id,
    product_ids: [context.product.id],
    pbi_id: context.pbi.id,
    story_id: context.story.id,
    story_ids: [context.story.id],
    task_id: context.task.id,
    sprint_id: sprint.id,
    sprint_run_id: run.id,
    previous_run_id: run.id,
    sprint_job_id: held.hold.job_id,
    sprint_claim_token: held.hold.claim_token,
    execution_id: first(held.context.task_executions).execution_id,
    token_id: spare.id,
  }
}

/** The input of a call that names these things. */
export function inputOf(name: string, things: Things): Record<string, unknown> {
  const missing = idFieldsOf(name).filter(field => !(field in things))
  if (missing.length > 0) throw new Error(`makeThings makes nothing for ${missing.join(', ')}`)
  const named = fieldsOf(name).filter(field => thingOf(name, field) in things)
  return { ...rowOf(name).says, ...Object.fromEntries(named.map(field => [field, things[thingOf(name, field)]])) }
}

/** What a call comes to: its answer, or the code, message and hint of its failure. */
export async function outcomeOf(api: ApiClient, name: string, input: object): Promise<Outcome> {
  const [area = '', verb = ''] = name.split('.')
  const call: (input: object) => Promise<unknown> = Reflect.get(Reflect.get(api, area), verb)
  return call(input).then(
    answer => ({ answer }),
    ({ code, message, data }) => ({ code, message, hint: data?.hint }),
  )
}
export interface Outcome {
  answer?: unknown
  code?: string
  message?: string
  hint?: string
}
