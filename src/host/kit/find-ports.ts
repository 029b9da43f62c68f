import { randomInt } from 'node:crypto'
import getPort from 'get-port'
import { AppError } from '../../errors.ts'
import type { PortBlock } from './worktree-env.ts'

/** Below the ports that systems hand out by themselves, above the usual ones of services. */
const LOWEST = 20_000
const HIGHEST = 31_999

/** A row of ports that nothing on this machine listens at and no block holds; from a random place on, so that other data folders are met seldom. */
export async function findPorts(count: number, taken: readonly PortBlock[]): Promise<PortBlock> {
  const blocks = Math.floor((HIGHEST - LOWEST + 1) / count)
  const start = randomInt(blocks)
  for (let n = 0; n < blocks; n++) {
    const block = { first: LOWEST + ((start + n) % blocks) * count, count }
    if (!taken.some(other => overlap(block, other)) && (await isFree(block))) return block
  }
  throw new AppError('SETUP_FAILED', `There are no ${count} free ports in a row between ${LOWEST} and ${HIGHEST}.`, {
    hint: 'End what listens there, clean worktrees up that are no longer needed, or ask for fewer ports.',
  })
}

function overlap(one: PortBlock, other: PortBlock): boolean {
  return one.first < other.first + other.count && other.first < one.first + one.count
}

async function isFree({ first, count }: PortBlock): Promise<boolean> {
  for (let port = first; port < first + count; port++) if ((await getPort({ port })) !== port) return false
  return true
}
