import { z } from 'zod'
import { Sha, VerifyResult } from '../../../contract/fields.ts'
import { verifyWork } from '../../flows/verify-work.ts'
import { CHANGES, defineTool } from '../define-tool.ts'
import { HoldInput, heldWork } from './held.ts'

export const verifyTaskAgainstPlan = defineTool({
  name: 'verify_task_against_plan',
  title: 'Verify your work against the plan',
  description:
    'Compares what you have committed since base_sha with the frozen plan, and stores the result with that commit. Needed before done; again after every further commit.',
  input: z.object(HoldInput),
  output: z.object({
    result: VerifyResult,
    reasoning: z.string(),
    verified_sha: Sha,
    base_sha: Sha,
    changed_paths: z.array(z.string()),
    missing_paths: z.array(z.string()),
    extra_paths: z.array(z.string()),
    uncommitted: z
      .array(z.string())
      .describe('Not part of what was verified; commit, remove or ignore them before done'),
  }),
  annotations: CHANGES,
  run: async (named, { host, worker }) => verifyWork(host, heldWork(worker, named)),
})
