import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openManagedClone } from '../../../src/host/git/managed-clone.ts'
import { makeMachine, makeRemote, writeFiles } from '../../support/repositories.ts'

const URL = 'ssh://git@example.invalid/acme/shop'

/** A clone whose ssh says this, and no more. */
async function cloneOverSsh(said: string) {
  const machine = await makeMachine()
  const ssh = join(machine.dir, 'ssh')
  await writeFiles(machine.dir, { said: `${said}\n` })
  await writeFile(ssh, `#!/bin/sh\ncat '${machine.dir}/said' >&2\nexit 255\n`, { mode: 0o755 })
  const git = machine.gitWith({ env: { ...machine.env, GIT_SSH_COMMAND: `'${ssh}'` } })
  return openManagedClone(git, machine.dataDir, URL)
}

describe('a clone that cannot be had', () => {
  test.each([
    'ssh: Could not resolve hostname example.invalid: Temporary failure in name resolution',
    'ssh: connect to host example.invalid port 22: Network is unreachable',
    "fatal: unable to access 'https://example.invalid/': Failed to connect to example.invalid: Couldn't connect to server",
    'kex_exchange_identification: Connection closed by remote host',
    'fetch-pack: unexpected disconnect while reading sideband packet\nfatal: early EOF',
    'client_loop: send disconnect: Broken pipe',
    'a sentence that nobody has written yet',
  ])('H23 for a cause that may pass is tried again: %s', async said => {
    await expect(cloneOverSsh(said)).rejects.toMatchObject({ code: 'GIT_FAILED' })
  })

  test.each([
    'ERROR: Repository not found.',
    'git@example.invalid: Permission denied (publickey).',
    "remote: The project you were looking for could not be found or you don't have permission to view it.",
    'Host key verification failed.',
    'conq: repository access denied.',
    "fatal: 'acme/shop' does not appear to be a git repository",
    "remote: Invalid username or password.\nfatal: Authentication failed for 'https://example.invalid/acme/shop/'",
  ])('H23 because of an answer that stays the same needs a person: %s', async said => {
    await expect(cloneOverSsh(said)).rejects.toMatchObject({
      code: 'REPO_NOT_CONFIGURED',
      hint: expect.stringContaining('SCRUM4ME_REPO_ROOT_'),
    })
  })

  test('H40 because the data folder cannot be written to names the folder, and is tried again', async () => {
    const machine = await makeMachine()
    const remote = await makeRemote(machine)
    await writeFile(machine.dataDir, '')
    await expect(openManagedClone(machine.git, machine.dataDir, remote)).rejects.toMatchObject({
      code: 'GIT_FAILED',
      message: expect.stringContaining(machine.dataDir),
      hint: expect.stringContaining('SCRUM4ME_DATA_DIR'),
    })
  })
})
