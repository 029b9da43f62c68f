import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { installFor, openStage } from '../support/stage.ts'

const stage = await openStage()

/** A person's installation with a product, and its kit command as a process of its own. */
async function startProduct() {
  const { at, machine, api } = await installFor(stage)
  const { id: product_id } = await api.products.create({ name: 'Shop' })
  const { run } = at(machine.dir)
  const write = async (text: string) => {
    await writeFile(join(machine.dir, 'kit.yml'), text)
    return ['--file', 'kit.yml']
  }
  const kit = (...more: string[]) => run('product', 'kit', product_id, ...more)
  return { api, product_id, kit, write, run }
}

test('product kit sets what a file in YAML says, and shows it as one that can be given back, or as JSON', async () => {
  const { api, product_id, kit, write } = await startProduct()
  expect(await kit()).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^# Nothing: /), stderr: '' })
  const file = await write('setup: npm ci # a comment\nchecks:\n  - npm test\ntimeouts: { checks: 1200 }\n')
  const set = await kit(...file)
  const shown = 'setup:\n  - npm ci\nchecks:\n  - npm test\ntimeouts:\n  checks: 1200'
  expect(set).toEqual({ exitCode: 0, stdout: shown, stderr: '' })
  const answer = { product_id, kit: { setup: ['npm ci'], checks: ['npm test'], timeouts: { checks: 1200 } } }
  expect(await api.products.getKit({ product_id })).toEqual(answer)
  expect(JSON.parse((await kit('--json')).stdout)).toEqual(answer)

  expect((await kit(...(await write((await kit()).stdout)))).stdout).toBe(shown)
  expect(await kit(...(await write('# nothing any more\n')))).toMatchObject({ exitCode: 0 })
  expect((await api.products.getKit({ product_id })).kit).toEqual({})
})

test('product kit names file, line and key of what is wrong, and then changes nothing', async () => {
  const { api, product_id, kit, write } = await startProduct()
  await api.products.setKit({ product_id, kit: { ports: 1 } })
  const refused = (stderr: RegExp) => ({ exitCode: 1, stdout: '', stderr: expect.stringMatching(stderr) })
  const wrong = await write('setup: npm ci\nteardown: x\nports: many\n')
  expect(await kit(...wrong)).toMatchObject(
    refused(
      /^CONFIG_INVALID: kit\.yml is not valid\..*line 3: ports: .*line 2: teardown: There is no such key\.\nCorrect the file/,
    ),
  )
  expect(await kit('--file', 'none.yml')).toMatchObject(
    refused(/^VALIDATION_ERROR: The kit none\.yml cannot be read: ENOENT.*\nGive --file /),
  )
  expect((await api.products.getKit({ product_id })).kit).toEqual({ ports: 1 })
})

test('product kit of a product that there is not, or is another’s, says so', async () => {
  const [mine, other] = [await startProduct(), await startProduct()]
  for (const id of ['product_1', other.product_id])
    expect(await mine.run('product', 'kit', id)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(`^NOT_FOUND: There is no product ${id}`),
    })
})
