import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { makeInstallation } from '../support/installation.ts'

const isRoot = process.getuid?.() === 0
const REMEDY = /SCRUM4ME_DATA_DIR/

test('H40 a file in the place of the data folder is named, with what to do', async () => {
  const { run, machine } = await makeInstallation(null)
  await writeFile(machine.dataDir, '')
  const { exitCode, stderr } = await run('up')
  expect(exitCode).toBe(1)
  expect(stderr).toMatch(/^SERVER_UNAVAILABLE: /)
  expect(stderr).toContain(machine.dataDir)
  expect(stderr).toMatch(REMEDY)
})

test('H40 a file in the place of the configuration’s folder is named, and no PostgreSQL is left behind', async () => {
  const { run, machine, env } = await makeInstallation(null)
  env.XDG_CONFIG_HOME = join(machine.dir, 'a-file')
  await mkdir(env.XDG_CONFIG_HOME)
  await writeFile(join(env.XDG_CONFIG_HOME, 'scrum4me'), '')
  const { exitCode, stderr } = await run('up')
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringMatching(/a-file\/scrum4me/) })
  expect(stderr).toMatch(/\nA file is in the place of a folder|\nSomething else is in its place/)
  expect(await processes()).not.toContain(machine.dataDir)
})

// Root may write everywhere.
test.skipIf(isRoot)('H40 a data folder that this user may not write to is named, with what to do', async () => {
  const { run, machine, env } = await makeInstallation(null)
  const closed = join(machine.dir, 'closed')
  await mkdir(closed)
  await chmod(closed, 0o555)
  for (const dataDir of [closed, join(closed, 'below')]) {
    env.SCRUM4ME_DATA_DIR = dataDir
    const { exitCode, stderr } = await run('up')
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/^SERVER_UNAVAILABLE: .*EACCES.*closed/)
    expect(stderr).toMatch(REMEDY)
  }
})

// Only root can mount a small disk, and not in every container.
test.skipIf(!isRoot).for(['1m', '40m'])(
  'H40 a full disk of %s is named, and nothing is left running',
  async (size, { skip }) => {
    const { run, machine, env } = await makeInstallation(null)
    const disk = join(machine.dir, 'disk')
    await mkdir(disk)
    const mounted = await execa('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=755`, 'tmpfs', disk], {
      reject: false,
    })
    skip(mounted.failed, 'no disk can be mounted here')
    onTestFinished(async () => void (await execa('umount', [disk])))
    env.SCRUM4ME_DATA_DIR = join(disk, 'data')
    const { exitCode, stderr } = await run('up')
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringMatching(/No space left on device/) })
    expect(await processes()).not.toContain(disk)
  },
)

async function processes(): Promise<string> {
  return (await execa('ps', ['-ww', '-eo', 'args'])).stdout
}
