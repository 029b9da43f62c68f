import { createHealer } from '../../src/host/git/heal.ts'
import { makeMachine } from './repositories.ts'

/** A machine whose git gets over what killed ones left, as a host's does, and what it has told of. */
export async function makeHealingMachine() {
  const machine = await makeMachine()
  const { dataDir, worktreesDir } = machine
  const told: string[] = []
  const healing = { dataDir, worktreesDir, tell: (path: string) => void told.push(path) }
  return { machine, healing, told, git: machine.gitWith({ heal: createHealer(healing) }) }
}
