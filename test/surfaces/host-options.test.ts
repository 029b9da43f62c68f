import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { hostOptions } from '../../src/cli/host-options.ts'
import { loadConfig } from '../../src/cli/load-config.ts'
import { remoteApi } from '../../src/host/remote/remote-api.ts'
import { makeFolder } from '../support/folder.ts'

test('H26 a variable says how long a machine keeps rescue refs', async () => {
  expect(await limitsWith({})).not.toHaveProperty('keepRescuesMs')
  expect(await limitsWith({ SCRUM4ME_KEEP_RESCUES_DAYS: '90' })).toMatchObject({ keepRescuesMs: 90 * 86_400_000 })
})

test('H40 a variable says below how much room on its disks a machine takes no job', async () => {
  expect(await limitsWith({})).not.toHaveProperty('minFreeBytes')
  expect(await limitsWith({ SCRUM4ME_MIN_FREE_DISK: '2GiB' })).toMatchObject({ minFreeBytes: 2 * 1_024 ** 3 })
  expect(await limitsWith({ SCRUM4ME_MIN_FREE_DISK: '0' })).toMatchObject({ minFreeBytes: 0 })
})

test.each([
  ['SCRUM4ME_MIN_FREE_DISK', '5'],
  ['SCRUM4ME_KEEP_RESCUES_DAYS', '0'],
  ['SCRUM4ME_KEEP_RESCUES_DAYS', 'for ever'],
])('H44 %s=%s is refused by its name', async (name, value) => {
  await expect(limitsWith({ [name]: value })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(name),
  })
})

/** The limits of a host on a machine with these variables. */
async function limitsWith(env: Record<string, string>) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const { signal } = new AbortController()
  const process = { self: [], version: '0.1.0-test', isInteractive: false, signal, stdin, stdout, stderr }
  const terminal = { env, homeDir: await makeFolder(), ...process }
  const api = remoteApi({ url: 'http://127.0.0.1:1', token: '', version: '0.1.0-test', retries: 0 })
  return hostOptions(terminal, await loadConfig(terminal), api).limits
}
