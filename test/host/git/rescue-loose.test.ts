import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { removeWorktree } from '../../../src/host/git/remove-worktree.ts'
import { rescueWorktree } from '../../../src/host/git/rescue.ts'
import {
  commitElsewhere,
  commitFile,
  headOf,
  makeStage,
  openFor,
  refsBelow,
  sh,
  writeFiles,
} from '../../support/repositories.ts'

const BRANCH = 'feat/story-abcd1234'
const RESCUE = 'refs/scrum4me/rescue/job_1/1'

type Work = Awaited<ReturnType<typeof makeWork>>
async function makeWork() {
  const { machine, remote, root } = await makeStage()
  const { path } = await openFor(machine, root)
  const claim = { root, path, jobId: 'job_1', claimNo: 1 }
  const remove = () => removeWorktree(machine.git, { ...claim, worktreesDir: machine.worktreesDir })
  return { machine, remote, root, path, remove, rescue: () => rescueWorktree(machine.git, claim) }
}

/** What an agent did, and the commits that nothing but the worktree's record knows afterwards. */
const DEEDS: Record<string, (work: Work) => Promise<string[]>> = {
  'was made on a detached HEAD that was left again': async ({ path }) => {
    await sh(path, 'checkout', '--quiet', '--detach')
    const loose = [await commitFile(path, 'one.txt', '1'), await commitFile(path, 'two.txt', '2')]
    await sh(path, 'checkout', '--quiet', BRANCH)
    return loose
  },
  'was amended or reset away': async ({ path }) => {
    const first = await commitFile(path, 'a.txt', 'a')
    await sh(path, 'commit', '--quiet', '--amend', '-m', 'Another')
    const second = await headOf(path)
    await sh(path, 'reset', '--quiet', '--hard', 'origin/main')
    return [first, second]
  },
  'a rebase keeps of uncommitted files (autostash)': async ({ path, remote }) => {
    await commitFile(path, 'README.md', 'mine\n')
    await commitElsewhere(remote, 'main', 'README.md')
    await commitFile(path, 'other.txt', 'other')
    await writeFiles(path, { 'other.txt': 'not committed' })
    await sh(path, 'fetch', '--quiet', 'origin')
    await sh(path, 'rebase', '--autostash', 'origin/main').catch(() => undefined)
    return [await headOf(path, BRANCH), await autostashOf(path)]
  },
  'is on a ref of the one worktree': async ({ path }) => {
    const loose = await sh(path, 'commit-tree', '-p', 'HEAD', '-m', 'Loose', 'HEAD^{tree}')
    await sh(path, 'update-ref', 'refs/worktree/mine', loose)
    return [loose]
  },
  'was stashed': async ({ path }) => {
    await writeFiles(path, { 'README.md': 'stashed' })
    await sh(path, 'stash', '--quiet')
    return [await headOf(path, 'refs/stash')]
  },
}

describe('a commit', () => {
  test.each(Object.entries(DEEDS))('H25 H26 that %s is on a rescue ref before its worktree goes', async (_, act) => {
    const work = await makeWork()
    const commits = await act(work)
    expect(await work.rescue()).toMatch(RESCUE)
    const refs = await refsBelow(work.root, 'refs/scrum4me/rescue')
    await work.remove()
    expect(await refsBelow(work.root, 'refs/scrum4me/rescue')).toEqual(refs)
    const kept = (await sh(work.root, 'rev-list', ...Object.keys(refs))).split('\n')
    expect(kept).toEqual(expect.arrayContaining(commits))
  })

  test('H26 that was made and left again never passes for the last state of the attempt', async () => {
    const { root, path, rescue } = await makeWork()
    const last = await commitFile(path, 'a.txt', 'a')
    const left = await commitFile(path, 'b.txt', 'b')
    await sh(path, 'reset', '--quiet', '--hard', last)
    expect(await rescue()).toBe(RESCUE)
    expect(await refsBelow(root, 'refs/scrum4me')).toEqual({ [RESCUE]: last, [`${RESCUE}-2`]: left })
  })

  test('that a person stashed in the same repository is nothing of the attempt', async () => {
    const { root, rescue } = await makeWork()
    await writeFiles(root, { 'README.md': 'of a person' })
    await sh(root, 'stash', '--quiet')
    expect(await rescue()).toBeNull()
  })
})

async function autostashOf(path: string): Promise<string> {
  return (await readFile(`${await sh(path, 'rev-parse', '--absolute-git-dir')}/rebase-merge/autostash`, 'utf8')).trim()
}
