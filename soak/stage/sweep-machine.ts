import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { call, connect } from '../agents/connection.ts'
import { makeSlot } from '../agents/slot.ts'
import type { SoakMachine } from './machine.ts'
import type { Soak } from './soak.ts'

const LIMIT_MS = 60_000
const Listed = z.object({ worktrees: z.array(z.unknown()) })

/**
 * Starts one more host on a machine, which saves and removes by itself what dead attempts have left there, as any does at
 * its start and each minute. Resolves when nothing stands there any longer, or the limit is over.
 */
export async function sweepMachine(soak: Soak, machine: SoakMachine, logs: string): Promise<void> {
  const slot = makeSlot(machine, `${machine.name}-sweeper`, logs)
  const connection = await connect(slot)
  const deadline = performance.now() + LIMIT_MS
  try {
    while (performance.now() < deadline) {
      const { worktrees } = await call(soak, slot, connection, ['list_my_worktrees', {}, Listed])
      if (worktrees.length === 0) return
      await sleep(500)
    }
  } finally {
    await connection.client.close()
  }
}
