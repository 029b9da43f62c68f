import { expect, test } from 'vitest'
import { makeInstallation } from '../support/installation.ts'
import { openTestServer } from '../support/server.ts'

const { db, person } = await openTestServer()

/** An installation of a person of its own. */
async function installFor() {
  const owner = await person()
  const config = { token: owner.token, personToken: owner.token }
  return { ...(await makeInstallation(config, { DATABASE_URL: db.url })), ...owner }
}

test('product set lets kept work be pushed to origin, says who can read it then, and takes it back', async () => {
  const { run, api } = await installFor()
  const { id } = await api.products.create({ name: 'Shop' })
  const isPushed = async () => (await api.products.list()).map(({ push_rescues }) => push_rescues)
  expect(await run('product', 'set', id)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('Nothing to change was named'),
  })
  expect(await isPushed()).toEqual([false])
  expect(await run('product', 'set', id, '--push-rescues')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/undelivered work +is pushed to origin; whoever may read the repository can read it/),
  })
  expect(await isPushed()).toEqual([true])
  const { stdout } = await run('product', 'set', id, '--no-push-rescues', '--json')
  expect(JSON.parse(stdout)).toMatchObject({ id, push_rescues: false })
  expect(await isPushed()).toEqual([false])
})

test('product set changes what is named, takes away what is empty, and archives', async () => {
  const { run, api } = await installFor()
  const { id } = await api.products.create({ name: 'Shop', definition_of_done: 'Tested.' })
  const changed = await run(
    'product',
    'set',
    id,
    '--name',
    'Store',
    '--definition-of-done',
    '',
    '--thinking-budget',
    '9000',
  )
  expect(changed).toMatchObject({ exitCode: 0, stderr: '' })
  expect(changed.stdout).toMatch(/name +Store\nthinking budget +9000/)
  expect(await run('product', 'set', id, '--permission-mode', 'wild')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('preferred_permission_mode'),
  })
  expect((await run('product', 'set', id, '--archived')).stdout).toMatch(/archived +2/)
  expect((await run('product', 'list')).stdout).toContain('There is no product yet')
  expect((await run('product', 'list', '--archived')).stdout).toContain(id)
  expect((await run('product', 'set', id, '--no-archived')).exitCode).toBe(0)
  expect((await run('product', 'list')).stdout).toContain('Store')
})
