import { z } from 'zod'
import { PERMISSION_MODES } from '../domain/agent-settings.ts'
import { VERIFY_REQUIREMENTS, VERIFY_RESULTS } from '../domain/verify-gate.ts'
import { type WireWord, wireWord } from '../domain/wire-word.ts'

/** Pieces that several schemas are made of; every name on a wire is snake_case, every status lower case. */
export const Id = z.string().min(1).max(80)
export const Title = z.string().trim().min(1).max(200)
export const LongText = z.string().max(20_000)
export const Priority = z.int().min(1).max(4)
export const Instant = z.iso.datetime()
export const Sha = z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/, 'a full commit id')
/** Where the work of an attempt is kept; a number follows where one attempt left several. */
export const RescueRefName = z
  .string()
  .max(300)
  .regex(/^refs\/scrum4me\/rescue\/[\w-]+\/\d+(-\d+)?$/, 'refs/scrum4me/rescue/<job>/<claim_no>')
export const RepoUrl = z.string().trim().min(1).max(2_000)
export const PermissionMode = z.enum(PERMISSION_MODES)
export const VerifyRequired = lowerCase(VERIFY_REQUIREMENTS)
export const VerifyResult = lowerCase(VERIFY_RESULTS)

/** How a check of the kit ended on the host. */
export const CheckResult = z.object({
  command: z.string().max(2_000),
  passed: z.boolean(),
  seconds: z.number().min(0),
  output: z.string().max(10_000).describe('The end of what a red one printed'),
})

/** What a job cost, as the agent counts it; tokens, and US dollars. */
export const Usage = z.object({
  input_tokens: z.int().min(0).optional(),
  output_tokens: z.int().min(0).optional(),
  cache_read_tokens: z.int().min(0).optional(),
  cache_write_tokens: z.int().min(0).optional(),
  cost_usd: z.number().min(0).max(999_999).optional(),
})
export type Usage = z.infer<typeof Usage>

/** The words of a list of statuses, as they go over a wire. */
export function lowerCase<const Words extends readonly [string, ...string[]]>(words: Words) {
  type Lower = { [Index in keyof Words]: WireWord<Words[Index]> }
  return z.enum(words.map(wireWord) as unknown as Lower)
}
