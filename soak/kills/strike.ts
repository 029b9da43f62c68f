import { setTimeout as sleep } from 'node:timers/promises'
import type { Slot } from '../agents/slot.ts'
import type { Soak } from '../stage/soak.ts'
import { postgresOf, startSoakServer, stopSoakServer } from '../stage/soak-server.ts'
import type { Strike, StrikeKind } from './plan-strikes.ts'
import { signalTo, treeOf } from './process-tree.ts'

/** Strikes, unless there is nothing to hit or too little would be left; whether it did. */
export async function strike(soak: Soak, planned: Strike): Promise<boolean> {
  const hit = await STRIKES[planned.kind](soak, planned)
  const target = ON_HOSTS.includes(planned.kind) ? slotOf(soak, planned).name : 'server'
  soak.journal.write({ what: 'struck', target, how: planned.kind, hit })
  return hit
}

const ON_HOSTS: readonly StrikeKind[] = ['host', 'tree', 'endHost', 'sleep']

const STRIKES: Record<StrikeKind, (soak: Soak, planned: Strike) => Promise<boolean>> = {
  host: onHost(async (_slot, pid) => void signalTo(pid, 'SIGKILL')),
  tree: onHost(async (slot, pid) => {
    for (const each of await treeOf(pid)) signalTo(each, 'SIGKILL')
    slot.connection?.killed.abort()
  }),
  endHost: onHost(async (_slot, pid) => void signalTo(pid, 'SIGTERM')),
  sleep: async (soak, planned) => {
    const slot = slotOf(soak, planned)
    const pid = slot.connection?.pid
    if (pid === undefined || !mayLose(soak, slot)) return false
    slot.asleep = true
    signalTo(pid, 'SIGSTOP')
    void sleep(planned.awayMs, undefined, { signal: soak.awake.signal })
      .catch(() => undefined)
      .finally(() => {
        signalTo(pid, 'SIGCONT')
        slot.asleep = false
      })
    return true
  },
  server: (soak, planned) => onServer(soak, planned, 'SIGKILL'),
  endServer: (soak, planned) => onServer(soak, planned, 'SIGTERM'),
  postgres: async ({ server }) => {
    const pid = await postgresOf(server).catch(() => 0)
    return pid > 0 && signalTo(pid, 'SIGKILL')
  },
}

function onHost(hit: (slot: Slot, pid: number) => Promise<void>): (soak: Soak, planned: Strike) => Promise<boolean> {
  return async (soak, planned) => {
    const slot = slotOf(soak, planned)
    const pid = slot.connection?.pid
    if (pid === undefined || !mayLose(soak, slot)) return false
    slot.backAt = Date.now() + planned.awayMs
    await hit(slot, pid)
    return true
  }
}

function slotOf({ slots }: Soak, { which }: Strike): Slot {
  const slot = slots[Math.floor(which * slots.length)]
  if (!slot) throw new Error('there is no host to strike')
  return slot
}

/** At least half of the hosts stay awake, and the last one always. */
function mayLose({ slots }: Soak, slot: Slot): boolean {
  const awake = slots.filter(({ connection, asleep }) => connection !== null && !asleep).length
  return !slot.asleep && awake > Math.max(1, Math.floor(slots.length / 2))
}

/** It is started again after a while; its PostgreSQL goes on alone meanwhile, unless it was asked to end. */
async function onServer(soak: Soak, { awayMs }: Strike, signal: NodeJS.Signals): Promise<boolean> {
  if (!(await stopSoakServer(soak.server, signal))) return false
  await sleep(awayMs, undefined, { signal: soak.over.signal }).catch(() => undefined)
  await startAgain(soak)
  return true
}

/** A start that fails is strange, and tried again. */
export async function startAgain(soak: Soak): Promise<void> {
  for (let tries = 1; !soak.over.signal.aborted; tries++) {
    try {
      return await startSoakServer(soak.server)
    } catch (error) {
      soak.journal.write({ what: 'strange', slot: 'server', life: tries, text: String(error) })
      if (tries === START_TRIES) return
      await sleep(1_000)
    }
  }
}

const START_TRIES = 20
