import type { Caller } from '../../domain/permissions.ts'
import { type ClaimRef, type JudgedClaim, judgeClaims as judgeStored } from '../store/jobs/judge-claims.ts'
import type { Server } from './server-context.ts'

/** How the claims stand whose worktrees or work a host has, so that it may save, push and remove them. */
export async function judgeClaims(server: Server, caller: Caller, claims: readonly ClaimRef[]): Promise<JudgedClaim[]> {
  return judgeStored(server.pool, caller, claims)
}
