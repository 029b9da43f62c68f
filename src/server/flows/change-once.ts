import { AsyncLocalStorage } from 'node:async_hooks'
import { createHash } from 'node:crypto'
import type { Caller } from '../../domain/permissions.ts'
import { AppError } from '../../errors.ts'
import type { Pool, Queryable } from '../store/database.ts'
import { violatesUnique } from '../store/database-error.ts'
import { type KeyedCall, keepAnswer, readKey, takeKey } from '../store/idempotency/keys.ts'

const LONGEST_KEY = 200

/** The keyed call that is under way; its first transaction takes the key, so that key and change are there or neither. */
const underWay = new AsyncLocalStorage<{ call: KeyedCall; taken: boolean }>()

/**
 * Runs a call under the key that its caller gave: the same call again gets the stored answer and changes nothing.
 * CONFLICT when the key stands for another call, or for one whose answer is not known (yet).
 */
export async function changeOnce<T>(
  pool: Pool,
  caller: Caller,
  { key, procedure, input }: { key: string; procedure: string; input: unknown },
  run: () => Promise<T>,
): Promise<T> {
  if (key.length > LONGEST_KEY)
    throw new AppError('VALIDATION_ERROR', `An Idempotency-Key has ${LONGEST_KEY} characters at the most.`)
  const inputHash = createHash('sha256')
    .update(JSON.stringify(input ?? null))
    .digest('hex')
  const call = { userId: caller.userId, key, procedure, inputHash }
  const known = await readKey(pool, call)
  if (known) return answerOf(known, call) as T
  const current = { call, taken: false }
  try {
    const result = await underWay.run(current, run)
    // What takes no key keeps none: a new token's secret is not stored, nor put into another call's row.
    if (current.taken) await keepAnswer(pool, call, result)
    return result
  } catch (error) {
    if (!violatesUnique(error, 'idempotency_keys_pkey')) throw error
    return answerOf(await readKey(pool, call), call) as T
  }
}

/** Takes the key of the call that is under way, if it has one; for the transaction that changes something. */
export async function takeCurrentKey(client: Queryable): Promise<void> {
  const current = underWay.getStore()
  if (current && !current.taken) await takeKey(client, current.call)
}

/** The transaction that took the key is committed: a further one of the same call takes it no more. */
export function keyIsTaken(): void {
  const current = underWay.getStore()
  if (current) current.taken = true
}

function answerOf(known: Awaited<ReturnType<typeof readKey>>, { procedure, inputHash }: KeyedCall): unknown {
  if (known?.procedure === procedure && known.inputHash === inputHash && known.answer !== null) return known.answer
  if (known && (known.procedure !== procedure || known.inputHash !== inputHash))
    throw new AppError('CONFLICT', 'This Idempotency-Key was used for another call.', { hint: 'Use a new key.' })
  throw new AppError('CONFLICT', 'The call of this Idempotency-Key was made already; its answer is not known here.', {
    hint: 'Look at what is there: it is changed, or about to be, and a new call would change it twice.',
  })
}
