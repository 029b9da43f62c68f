import { join } from 'node:path'
import { test } from 'vitest'
import { ERAS, pidOf, spawnAgent } from '../support/mcp-client.ts'
import { untilGone } from '../support/processes.ts'
import { commitElsewhere, writeFiles } from '../support/repositories.ts'
import { openStage } from '../support/stage.ts'
import { configureGit, makeTrap, setHook } from '../support/trap.ts'
import { untilNoProcess } from './findings.ts'
import { CONSEQUENCES, expectRecovery } from './recovery.ts'
import { beginJob, openScene, type Scene } from './scene.ts'

const stage = await openStage()

/** Lays a command in the way of what a host does. */
type Lay = (scene: Scene, command: string) => Promise<unknown>

const inTheKit =
  (part: string): Lay =>
  ({ remote }, command) =>
    commitElsewhere(remote, 'main', '.scrum4me.yml', `${part}: ${command}\n`)

const POINTS: [when: string, lay: Lay, then: keyof typeof CONSEQUENCES][] = [
  [
    'it clones',
    async ({ installation: { machine } }, command) => {
      await writeFiles(machine.dir, { 'pack.sh': `${command}\nexec "$@"\n` })
      await configureGit(machine, 'uploadpack.packObjectsHook', `sh ${join(machine.dir, 'pack.sh')}`)
    },
    'offered',
  ],
  [
    'files are checked out',
    async ({ installation: { machine }, remote }, command) => {
      await configureGit(machine, 'filter.trap.smudge', `${command} && cat`)
      await commitElsewhere(remote, 'main', '.gitattributes', '*.md filter=trap\n')
    },
    'offered',
  ],
  ['the worktree is equipped', inTheKit('setup'), 'offered'],
  ['the checks run', inTheKit('checks'), 'attached'],
  [
    'it pushes, in vain',
    ({ remote }, command) => {
      const once = `[ -e "$0.over" ] && exit 0; ${command}; touch "$0.over"; exit 1`
      return setHook(remote, 'pre-receive', once)
    },
    'attached',
  ],
  ['it pushes, which arrives', ({ remote }, command) => setHook(remote, 'pre-receive', command), 'pushed'],
  ['its push has arrived', ({ remote }, command) => setHook(remote, 'post-receive', command), 'pushed'],
  ['it cleans up', inTheKit('cleanup'), 'settled'],
]

test.each(POINTS)('H24 H25 H26 H58 a host is killed while %s: the job is done, once', async (_, lay, then) => {
  const scene = await openScene(stage)
  const { machine } = scene.installation
  const trap = await makeTrap(machine)
  await lay(scene, trap.command)
  const agent = await spawnAgent(scene.installation, ERAS[1])
  await trap.setFor(pidOf(agent))
  beginJob(agent)
  await untilGone(pidOf(agent))
  await untilNoProcess(machine)
  await expectRecovery(scene, CONSEQUENCES[then])
})
