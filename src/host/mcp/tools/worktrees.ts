import { z } from 'zod'
import { Id } from '../../../contract/fields.ts'
import { listStandingWorktrees } from '../../flows/standing-worktrees.ts'
import { sweepWorktrees } from '../../flows/sweep-worktrees.ts'
import { CHANGES, defineTool, READS } from '../define-tool.ts'

export const listMyWorktrees = defineTool({
  name: 'list_my_worktrees',
  title: 'List worktrees',
  description: 'The worktrees of jobs on this host, and whether their claims are live or dead.',
  input: z.object({}),
  output: z.object({
    worktrees: z.array(
      z.object({
        job_id: Id,
        attempt: z.int(),
        claim: z.enum(['live', 'dead', 'unknown']),
        branch: z.string().nullable(),
        path: z.string(),
      }),
    ),
  }),
  scope: 'work',
  annotations: READS,
  run: async (_input, { host }) => ({
    worktrees: (await listStandingWorktrees(host)).map(({ mark, claim, path }) => ({
      job_id: mark.jobId,
      attempt: mark.claimNo,
      claim: claim ?? ('unknown' as const),
      branch: mark.branch,
      path,
    })),
  }),
})

export const cleanupMyWorktrees = defineTool({
  name: 'cleanup_my_worktrees',
  title: 'Remove dead worktrees',
  description: 'Saves to rescue refs and removes the dead worktrees on this host.',
  input: z.object({}),
  output: z.object({ removed: z.array(z.object({ path: z.string(), rescue_ref: z.string().nullable() })) }),
  scope: 'work',
  annotations: CHANGES,
  run: async (_input, { host }) => ({
    removed: (await sweepWorktrees(host)).map(({ path, rescueRef }) => ({ path, rescue_ref: rescueRef })),
  }),
})
