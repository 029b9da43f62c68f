import type { Caller } from '../../domain/permissions.ts'
import { type ClaimRef, type JudgedClaim, judgeClaims as judgeStored } from '../store/jobs/judge-claims.ts'
import type { Server } from './server-context.ts'

/** Which of the claims whose worktrees stand on a host are over, so that the host may save and remove them. */
export async function judgeClaims(server: Server, caller: Caller, claims: readonly ClaimRef[]): Promise<JudgedClaim[]> {
  return judgeStored(server.pool, caller.worksFor, claims)
}
