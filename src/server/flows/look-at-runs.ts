import type { Caller } from '../../domain/permissions.ts'
import { AppError } from '../../errors.ts'
import { readRun } from '../store/runs/runs.ts'
import type { Server } from './server-context.ts'

/** A run with its sprint and jobs; NOT_FOUND for one that the caller cannot read. */
export async function findRun(server: Server, caller: Caller, sprintRunId: string) {
  const found = await readRun(server.pool, caller, sprintRunId)
  if (!found) throw new AppError('NOT_FOUND', `There is no sprint run ${sprintRunId}.`)
  return found
}
