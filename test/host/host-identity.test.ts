import { readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { readHostId } from '../../src/host/flows/host-identity.ts'
import { makeFolder } from '../support/folder.ts'

test('H41 hosts of one new data folder that open at once are one host, and none meets a half-written id', async () => {
  for (let round = 0; round < 20; round++) {
    const dataDir = await makeFolder()
    const ids = await Promise.all(Array.from({ length: 16 }, () => readHostId(dataDir)))
    expect(new Set(ids)).toHaveProperty('size', 1)
    expect(await readdir(dataDir)).toEqual(['host.json'])
  }
})
