import { pathsInPlan } from './plan-paths.ts'
import type { VerifyResult } from './verify-gate.ts'

export interface Diff {
  /** Repository-relative paths; a rename counts with both of its names, a deletion with its own. */
  paths: readonly string[]
  changedLines: number
}
export interface Classification {
  result: VerifyResult
  reasoning: string
  missingPaths: string[]
  extraPaths: string[]
}

const PLANLESS_LINES = 50
const EXTRA_FACTOR = 3
const EXTRA_MINIMUM = 5

/** Judges a diff by the plan's paths; the rules are those of the contract's section "Classifier". */
export function classifyDiff(plan: string | null, diff: Diff): Classification {
  const planned = pathsInPlan(plan ?? '')
  const missingPaths = planned.filter(wanted => !diff.paths.some(path => covers(wanted, path)))
  const extraPaths = diff.paths.filter(path => !planned.some(wanted => covers(wanted, path)))
  const judge = (result: VerifyResult, reasoning: string) => ({ result, reasoning, missingPaths, extraPaths })

  if (diff.paths.length === 0) return judge('EMPTY', 'Nothing has changed since the base commit.')
  if (planned.length === 0)
    return diff.changedLines <= PLANLESS_LINES
      ? judge('ALIGNED', `The plan names no paths, and ${diff.changedLines} changed lines are few enough without one.`)
      : judge(
          'DIVERGENT',
          `The plan names no paths, and ${diff.changedLines} lines changed; ${PLANLESS_LINES} at most.`,
        )
  if (missingPaths.length === planned.length)
    return judge('DIVERGENT', `None of the plan's paths was touched: ${planned.join(', ')}.`)
  if (missingPaths.length > 0) return judge('PARTIAL', `Not touched, though planned: ${missingPaths.join(', ')}.`)
  if (extraPaths.length >= EXTRA_MINIMUM && diff.paths.length >= EXTRA_FACTOR * planned.length)
    return judge('DIVERGENT', `${extraPaths.length} paths changed that the plan does not name.`)
  return judge('ALIGNED', 'Every path that the plan names was touched.')
}

/** A planned path covers itself, everything below it when it is a folder, and any path that ends in it. */
function covers(wanted: string, path: string): boolean {
  const folder = wanted.endsWith('/') ? wanted : `${wanted}/`
  return path === wanted || path.startsWith(folder) || path.endsWith(`/${wanted}`)
}
