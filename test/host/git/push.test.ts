import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkMayPush, originContains, pushBranch } from '../../../src/host/git/push.ts'
import { PushFailure, type PushFailureReason, pushFailureReason } from '../../../src/host/git/push-failure.ts'
import {
  commitElsewhere,
  commitFile,
  headOf,
  makeClone,
  makeMachine,
  makeRemote,
  openFor,
  refsBelow,
  sh,
  writeFiles,
} from '../../support/repositories.ts'
import { setHook } from '../../support/trap.ts'

const BRANCH = 'feat/story-abcd1234'

async function makeWork() {
  const machine = await makeMachine()
  const remote = await makeRemote(machine)
  const root = await makeClone(machine, remote)
  const { path, baseSha } = await openFor(machine, root)
  const headSha = await commitFile(path, 'work.txt', 'done')
  const push = (more: object = {}) =>
    pushBranch(machine.git, { path, headSha, branch: BRANCH, timeoutMs: 30_000, ...more })
  return { machine, remote, root, path, baseSha, headSha, push }
}

/** Makes a bare repository refuse pushes with a hook's words. */
async function refuseWith(remote: string, words: string): Promise<void> {
  await setHook(remote, 'pre-receive', `echo "${words}" >&2\nexit 1`)
}

describe('delivery', () => {
  test('H57 exactly the verified commit is pushed although HEAD moved on', async () => {
    const { remote, path, headSha, push } = await makeWork()
    await commitFile(path, 'late.txt', 'after the verdict')
    await writeFiles(path, { 'draft.txt': 'not committed' })
    expect(await push()).toEqual({ outcome: 'pushed' })
    expect(await headOf(remote, BRANCH)).toBe(headSha)
    expect(Object.keys(await refsBelow(remote, 'refs'))).toEqual([`refs/heads/${BRANCH}`, 'refs/heads/main'])
  })

  test('H58 a push that is repeated finds its commit there and is a success', async () => {
    const { machine, remote, root, headSha, push } = await makeWork()
    expect(await originContains(machine.git, root, BRANCH, headSha)).toBe(false)
    await push()
    expect(await push()).toEqual({ outcome: 'up_to_date' })
    expect(await originContains(machine.git, root, BRANCH, headSha)).toBe(true)
    const later = await commitElsewhere(remote, BRANCH, 'later.txt')
    expect(await push()).toEqual({ outcome: 'up_to_date' })
    expect(await headOf(remote, BRANCH)).toBe(later)
  })

  test("a branch of origin that went another way is a conflict that says what to do, and origin's commits stay", async () => {
    const { machine, remote, root, path, headSha, push } = await makeWork()
    const theirs = await commitElsewhere(remote, BRANCH, 'theirs.txt')
    const conflict = { code: 'DELIVERY_CONFLICT', hint: expect.stringContaining(`merge origin/${BRANCH}`) }
    await expect(push()).rejects.toMatchObject(conflict)
    await sh(path, 'fetch', '--quiet', 'origin')
    await expect(push()).rejects.toMatchObject(conflict)
    expect(await headOf(remote, BRANCH)).toBe(theirs)
    expect(await originContains(machine.git, root, BRANCH, headSha)).toBe(false)
    await sh(path, 'merge', '--quiet', '--no-edit', `origin/${BRANCH}`)
    expect(await push({ headSha: await headOf(path) })).toEqual({ outcome: 'pushed' })
  })

  test('a configuration that asks for force, tags or hooks changes nothing', async () => {
    const { remote, root, path, push } = await makeWork()
    await sh(path, 'tag', '-a', '-m', 'x', 'v1')
    for (const [key, value] of [
      ['push.followTags', 'true'],
      ['remote.origin.push', '+refs/heads/*:refs/heads/*'],
      ['push.default', 'matching'],
    ]) {
      await sh(root, 'config', key ?? '', value ?? '')
    }
    await setHook(join(root, '.git'), 'pre-push', 'exit 1')
    expect(await push()).toEqual({ outcome: 'pushed' })
    expect(await refsBelow(remote, 'refs/tags')).toEqual({})
    const theirs = await commitElsewhere(remote, 'feat/other', 'theirs.txt')
    await expect(push({ branch: 'feat/other' })).rejects.toMatchObject({ code: 'DELIVERY_CONFLICT' })
    expect(await headOf(remote, 'feat/other')).toBe(theirs)
  })

  test('H39 what is no whole commit id and no name of a branch is refused', async () => {
    const { remote, push } = await makeWork()
    const before = await refsBelow(remote, 'refs')
    const wishes = [
      { headSha: 'HEAD' },
      { headSha: '--force' },
      { branch: '--mirror' },
      { branch: 'x:refs/heads/main' },
    ]
    for (const wish of wishes) await expect(push(wish)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    expect(await refsBelow(remote, 'refs')).toEqual(before)
  })
})

describe('refusals', () => {
  test('a branch that origin protects is told with what origin said', async () => {
    const { remote, push } = await makeWork()
    await refuseWith(remote, 'main is not for everyone, not authorized')
    const refusal = await push().catch((cause: unknown) => cause)
    expect(refusal).toBeInstanceOf(PushFailure)
    expect(refusal).toMatchObject({
      code: 'PUSH_FAILED',
      reason: 'protected',
      message: expect.stringMatching(/protected.*pre-receive hook declined.*not for everyone/),
    })
  })

  test('missing credentials are told, at set-up already', async () => {
    const { machine, root, path, headSha } = await makeWork()
    const script = join(machine.dir, 'ssh-without-key')
    await writeFile(script, '#!/bin/sh\necho "git@host: Permission denied (publickey)." >&2\nexit 255\n', {
      mode: 0o755,
    })
    await sh(root, 'remote', 'set-url', 'origin', 'ssh://git@example.invalid/acme/shop')
    const git = machine.gitWith({ env: { ...machine.env, GIT_SSH_COMMAND: `'${script}'` } })
    const refusal = { code: 'PUSH_FAILED', reason: 'no_credentials', hint: expect.stringContaining('credentials') }
    await expect(checkMayPush(git, path, BRANCH)).rejects.toMatchObject(refusal)
    await expect(pushBranch(git, { path, headSha, branch: BRANCH, timeoutMs: 30_000 })).rejects.toMatchObject(refusal)
  })

  test('the look whether this host may push publishes nothing, and a conflict is none of its business', async () => {
    const { machine, remote, path } = await makeWork()
    await checkMayPush(machine.git, path, BRANCH)
    expect(await refsBelow(remote, 'refs/heads/feat')).toEqual({})
    await commitElsewhere(remote, BRANCH, 'theirs.txt')
    await checkMayPush(machine.git, path, BRANCH)
  })

  test('H38 a push that hangs ends within its time limit', async () => {
    const { machine, root, path, headSha } = await makeWork()
    await sh(root, 'remote', 'set-url', 'origin', 'ssh://git@example.invalid/acme/shop')
    const git = machine.gitWith({ env: { ...machine.env, GIT_SSH_COMMAND: 'sleep 300; true' } })
    const pushed = pushBranch(git, { path, headSha, branch: BRANCH, timeoutMs: 300 })
    await expect(pushed).rejects.toMatchObject({
      code: 'PUSH_FAILED',
      reason: 'unknown',
      message: expect.stringContaining('0.3 s'),
    })
    const abort = pushBranch(git, { path, headSha, branch: BRANCH, timeoutMs: 30_000 }, AbortSignal.timeout(100))
    await expect(abort).rejects.toMatchObject({ code: 'ABORTED' })
  })

  test('an origin that is gone is told as unknown', async () => {
    const { root, push } = await makeWork()
    await sh(root, 'remote', 'set-url', 'origin', '/nowhere/shop.git')
    await expect(push()).rejects.toMatchObject({ code: 'PUSH_FAILED', reason: 'unknown' })
  })

  test.each<[PushFailureReason, string]>([
    ['no_credentials', "fatal: could not read Username for 'https://github.com': terminal prompts disabled"],
    ['no_credentials', 'remote: Permission to acme/shop.git denied to bot.\nfatal: … returned error: 403'],
    ['no_credentials', 'ERROR: The key you are authenticating with has been marked as read only.'],
    ['no_credentials', 'ERROR: Repository not found.'],
    ['no_credentials', 'remote: You are not allowed to push code to this project.'],
    ['protected', '[remote rejected] (protected branch hook declined)'],
    ['protected', 'remote: error: Repository rule violations found for refs/heads/main.'],
    ['protected', 'remote: GitLab: You are not allowed to push code to protected branches on this project.'],
    ['protected', '[remote rejected] (branch is currently checked out)'],
    ['unknown', 'fatal: the remote end hung up unexpectedly'],
    ['unknown', '[remote rejected] (unpacker error)'],
  ])('%s is the reason behind: %s', (reason, said) => {
    expect(pushFailureReason(said)).toBe(reason)
  })
})
