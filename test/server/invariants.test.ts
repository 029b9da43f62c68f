import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isErrorCode } from '../../src/errors.ts'
import { COMMAND_NAMES, COMMANDS, type Step } from '../support/model/commands.ts'
import { findBreaches, readStatuses } from '../support/model/invariants.ts'
import { makeWorld, type World } from '../support/model/world.ts'
import { openTestServer } from '../support/server.ts'

const stage = await openTestServer()

/** `INVARIANT_RUNS` makes it longer, `INVARIANT_SEED` and `INVARIANT_PATH` replay what a failure has printed. */
const { INVARIANT_RUNS = '12', INVARIANT_SEED, INVARIANT_PATH } = process.env
const REPLAY = {
  ...(INVARIANT_SEED && { seed: Number(INVARIANT_SEED) }),
  ...(INVARIANT_PATH && { path: INVARIANT_PATH }),
}

/** What makes a history go somewhere comes up more often than what ends it. */
const OFTEN = ['claim', 'attach', 'deliver', 'settleDone', 'startExecution', 'finishExecution'] as const
const RARE = ['archive', 'leave', 'lapse', 'cancelRun', 'excludeTask'] as const
const WEIGHTED = COMMAND_NAMES.map(name => ({
  arbitrary: fc.constant(name),
  weight: OFTEN.some(one => one === name) ? 8 : RARE.some(one => one === name) ? 1 : 3,
}))
const STEPS = fc.array(
  fc.record({ name: fc.oneof(...WEIGHTED), who: fc.nat(1), which: fc.nat(20) }) satisfies fc.Arbitrary<Step>,
  { minLength: 30, maxLength: 60, size: 'max' },
)

test('H14 H15 H22 H30 H52 H56 H63 whatever happens in whatever order, everything that must hold holds after each step', async () => {
  await fc.assert(
    fc.asyncProperty(STEPS, async steps => {
      await stage.db.pool.query('delete from job_bars')
      const world = await makeWorld(stage)
      // What an earlier history has broken is its own finding, not that of the shorter ones that follow.
      const known = new Set(await findBreaches(stage.db.pool))
      for (const [index, step] of steps.entries()) {
        const wrong = (await take(world, step)).filter(breach => !known.has(breach))
        expect(wrong, `after step ${index}: ${JSON.stringify(step)}`).toEqual([])
      }
    }),
    { numRuns: Number(INVARIANT_RUNS), endOnFailure: true, ...REPLAY },
  )
}, 3_600_000)

/** Takes one step; everything that is wrong afterwards. */
async function take(world: World, step: Step): Promise<string[]> {
  const owner = world.owners[step.who]
  if (!owner) throw new Error('there are two owners')
  const before = await readStatuses(world.db.pool)
  const refusal = await COMMANDS[step.name](world, owner, step).then(
    () => null,
    (error: unknown) => error,
  )
  const after = await readStatuses(world.db.pool)
  const touched = [...after].filter(([id, { status }]) => before.get(id)?.status !== status)
  const foreign = step.name === 'lapse' ? [] : touched.filter(([, row]) => row.owner !== owner.userId)
  return [
    ...foreign.map(([id]) => `H52 a step of ${owner.userId} has changed ${id} of somebody else`),
    ...unexpected(refusal),
    ...(await findBreaches(world.db.pool)),
  ]
}

/** A refusal has one of our codes, and is not our own failure. */
function unexpected(refusal: unknown): string[] {
  if (refusal === null) return []
  const code = refusal instanceof Error && 'code' in refusal ? refusal.code : null
  return isErrorCode(code) && code !== 'INTERNAL_ERROR' ? [] : [`a step failed: ${String(refusal)}`]
}
