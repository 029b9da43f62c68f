import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runAgent } from './agents/run-agent.ts'
import { type Proof, prove } from './findings/prove.ts'
import { startAgain } from './kills/strike.ts'
import { strikeAll } from './kills/strike-all.ts'
import { secondsSince, watch } from './look/watch.ts'
import type { Soak } from './stage/soak.ts'
import { stopSoakServer } from './stage/soak-server.ts'
import { sweepMachine } from './stage/sweep-machine.ts'
import { jobsOf, planWork } from './work/plan-work.ts'
import { type AuthoredOrder, authorWork, queueOrder } from './work/queue-work.ts'
import { runDry } from './work/run-dry.ts'

/** Besides the time for kills; what is not done by then is stuck. */
const LIMIT_MS = 20 * 60_000
const START_LIMIT_MS = 2 * 60_000

/** Has the work queued and done while things are killed, lets the rest be worked off, stops all, and looks at it. */
export async function runSoak(soak: Soak, say: (line: string) => void): Promise<Proof> {
  const { seed, jobs } = soak.options
  const orders = planWork(seed, jobs, soak.remotes.length)
  const authored = await authorWork(soak.api, soak.repoUrls, orders)
  await queueDue(soak, authored, due => due === 0)
  soak.server.onCrash = () => {
    soak.journal.write({
      what: 'strange',
      slot: 'server',
      life: 0,
      text: 'The server ended although nobody killed it.',
    })
    void startAgain(soak)
  }
  const watching = watch(soak, say)
  const agents = soak.slots.map(slot => runAgent(soak, slot))
  await untilAllAreThere(soak)
  say(`${secondsSince(soak.began)}  The first orders are queued and the agents there; the kills begin.`)
  await Promise.all([strikeAll(soak), queueDue(soak, authored, due => due > 0)])
  say(`${secondsSince(soak.began)}  The kills are over; what is left is worked off.`)
  await runDry(soak, LIMIT_MS)
  soak.over.abort()
  await Promise.all(agents)
  const watched = await watching
  for (const machine of soak.machines) await sweepMachine(soak, machine, join(soak.folder, 'logs'))
  const planned = orders.reduce((sum, order) => sum + jobsOf(order), 0)
  return prove(soak, { watched, planned }, async () => void (await stopSoakServer(soak.server)))
}

/** On a slow machine the time for kills would else be over before there is much to kill. */
async function untilAllAreThere({ slots, over }: Soak): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS
  while (slots.some(({ lives, doing }) => lives < 2 && doing === 'away') && performance.now() < deadline)
    await sleep(100, undefined, { signal: over.signal })
}

/** Queues some of the orders one after another, each when it is due. */
async function queueDue(
  { api, options, over }: Soak,
  orders: readonly AuthoredOrder[],
  isMeant: (due: number) => boolean,
): Promise<void> {
  const began = performance.now()
  for (const order of orders.filter(({ due }) => isMeant(due))) {
    const left = order.due * options.killMs - (performance.now() - began)
    await sleep(Math.max(0, left), undefined, { signal: over.signal })
    await queueOrder(api, order)
  }
}
