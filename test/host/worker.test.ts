import { expect, test } from 'vitest'
import { Worker } from '../../src/host/flows/worker.ts'
import { makeHost } from '../support/host.ts'
import { makeMachine } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { person } = await openTestServer()

test('H7 H10 a second wait of one worker gives up at its own end, while the first goes on, and never runs', async () => {
  const host = await makeHost((await person()).api, await makeMachine())
  const worker = new Worker(host, 'agent')
  let end: (word: string) => void = () => undefined
  const under = worker.alone(
    () =>
      new Promise<string>(resolve => {
        end = resolve
      }),
  )
  const giveUp = new AbortController()
  let ran = false
  const second = worker.aloneBefore(giveUp.signal, async () => {
    ran = true
  })
  giveUp.abort()
  expect(await second).toBeNull()
  end('done')
  expect(await under).toBe('done')
  expect(await worker.aloneBefore(new AbortController().signal, async () => 'third')).toBe('third')
  expect(ran).toBe(false)
})
