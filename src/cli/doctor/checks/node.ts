import { type Check, ok, trouble } from '../check.ts'

const FLOOR = [20, 19] as const

export const node: Check = {
  name: 'node',
  run: async () => {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
    const isNewEnough = major > FLOOR[0] || (major === FLOOR[0] && minor >= FLOOR[1])
    const what = `Node ${process.versions.node}`
    return [isNewEnough ? ok(what) : trouble(`${what} is too old.`, `Install Node ${FLOOR.join('.')} or newer.`)]
  },
}
