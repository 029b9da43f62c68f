import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { isThere } from '../../src/host/git/worktree-path.ts'
import { makeInstallation } from '../support/installation.ts'

const CLUSTERS = '/var/lib/scrum4me/clusters'

test('H57 H59 the demo does real jobs from end to end, proves it, and leaves no process and no folder behind', async () => {
  const { run, machine } = await makeInstallation(null, { SCRUM4ME_TOKEN: 's4m_of_somebody_else' })
  const { exitCode, stdout, stderr } = await run('demo')
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(stdout).toMatch(/✓ job T-1 is done/)
  expect(stdout).toMatch(/✓ the sprint run is done/)
  expect(stdout).toMatch(/All \d+ findings are as they should be\./)
  expect(stdout).not.toContain('✗')

  const folder = /(\/\S*scrum4me-demo-\w+)/.exec(stdout)?.[1] ?? ''
  expect(folder).not.toBe('')
  expect(await isThere(folder)).toBe(false)
  expect(await clustersOf(folder)).toEqual([])
  const { stdout: processes } = await execa('ps', ['-ww', '-eo', 'args'])
  expect(processes).not.toContain(folder)
  expect(await readdir(machine.home)).toEqual([])
  expect(await isThere(machine.dataDir)).toBe(false)
})

/** The clusters that PostgreSQL's account keeps elsewhere for a data folder that it cannot reach. */
async function clustersOf(folder: string): Promise<string[]> {
  const names = (await isThere(CLUSTERS)) ? await readdir(CLUSTERS) : []
  const owners = await Promise.all(
    names.map(name => readFile(join(CLUSTERS, name, 'data-folder'), 'utf8').catch(() => '')),
  )
  return owners.filter(owner => owner.startsWith(folder))
}
