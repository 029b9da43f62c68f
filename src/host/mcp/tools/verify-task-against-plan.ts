import { z } from 'zod'
import { CheckResult, Sha, VerifyResult } from '../../../contract/fields.ts'
import { verifyWork } from '../../flows/verify-work.ts'
import { CHANGES, defineTool } from '../define-tool.ts'
import { HoldInput } from './held.ts'

export const verifyTaskAgainstPlan = defineTool({
  name: 'verify_task_against_plan',
  title: 'Verify your work against the plan',
  description:
    'Compares what you have committed since base_sha with the frozen plan, runs the repository’s checks, and stores the results with that commit. Needed before done; again after every further commit.',
  input: z.object(HoldInput),
  output: z.object({
    result: VerifyResult,
    reasoning: z.string(),
    checks: z.array(CheckResult).describe('The repository’s own checks; all must pass for done'),
    verified_sha: Sha,
    base_sha: Sha,
    changed_paths: z.array(z.string()),
    missing_paths: z.array(z.string()),
    extra_paths: z.array(z.string()),
    uncommitted: z
      .array(z.string())
      .describe('Not part of what was verified; commit, remove or ignore them before done'),
  }),
  scope: 'work',
  annotations: CHANGES,
  run: async (named, { host, agents, clientName, signal, longestCallSeconds }) => {
    const patience = { signal, withinMs: longestCallSeconds * 1000 }
    for (;;) {
      const { worker, held } = await agents.holder(named, clientName)
      // Checks have the worktree to themselves; a report, or a resume, may have had its turn before.
      const verdict = await worker.alone(async () => (worker.held === held ? verifyWork(host, held, patience) : null))
      if (verdict) return verdict
    }
  },
})
