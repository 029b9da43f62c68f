import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loseAllLeases, makeAgent, makeHost, makeWorkplace, rescueRef, takeWork } from '../support/host.ts'
import {
  commitElsewhere,
  commitFile,
  filesOf,
  headOf,
  makeRemote,
  refsBelow,
  sh,
  writeFiles,
} from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person } = await openTestServer()

interface Place {
  path: string
  branch: string
  remote: string
  /** Another repository, which can be cloned. */
  lib: string
}
/** What an attempt left when it died: commits, and files that were in no commit. */
interface Left {
  commits: string[]
  files?: string[]
}

const DEATHS: Record<string, (place: Place) => Promise<Left>> = {
  'with its HEAD detached': async ({ path }) => {
    const onBranch = await commitFile(path, 'a.txt', 'a')
    await sh(path, 'checkout', '--quiet', '--detach', 'HEAD^')
    const loose = await commitFile(path, 'b.txt', 'b')
    await writeFiles(path, { 'draft.txt': 'x' })
    return { commits: [onBranch, loose], files: ['draft.txt'] }
  },
  'on another branch': async ({ path }) => {
    const onBranch = await commitFile(path, 'a.txt', 'a')
    await sh(path, 'checkout', '--quiet', '-b', 'helper')
    const helper = await commitFile(path, 'b.txt', 'b')
    await writeFiles(path, { 'draft.txt': 'x' })
    return { commits: [onBranch, helper], files: ['draft.txt'] }
  },
  'in the middle of a rebase': async place => {
    const tip = await conflict(place)
    await sh(place.path, 'rebase', 'origin/main').catch(() => undefined)
    await writeFiles(place.path, { 'draft.txt': 'x' })
    return { commits: [tip], files: ['draft.txt'] }
  },
  'in the middle of a merge': async place => {
    const tip = await conflict(place)
    await sh(place.path, 'merge', 'origin/main').catch(() => undefined)
    await writeFiles(place.path, { 'draft.txt': 'x' })
    return { commits: [tip], files: ['draft.txt', 'README.md'] }
  },
  'with files put aside by a rebase (autostash)': async place => {
    const tip = await conflict(place)
    await writeFiles(place.path, { 'other.txt': 'not committed' })
    await sh(place.path, 'add', 'other.txt')
    await sh(place.path, 'rebase', '--autostash', 'origin/main').catch(() => undefined)
    return { commits: [tip], files: ['other.txt'] }
  },
  'with files in a stash': async ({ path }) => {
    await writeFiles(path, { 'stashed.txt': 'x' })
    await sh(path, 'add', '--all')
    await sh(path, 'stash', '--quiet')
    return { commits: [await headOf(path, 'refs/stash')], files: ['stashed.txt'] }
  },
  'with work in a submodule': async ({ path, lib }) => {
    await sh(path, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', lib, 'lib')
    const inside = await commitFile(join(path, 'lib'), 'a.txt', 'a')
    await sh(path, 'add', '--all')
    await sh(path, 'commit', '--quiet', '-m', 'Add it')
    await writeFiles(path, { 'lib/draft.txt': 'x' })
    return { commits: [inside, await headOf(path)], files: ['a.txt', 'draft.txt'] }
  },
  'with work in a clone that was added as a mere commit id': async ({ path, lib }) => {
    await sh(path, 'clone', '--quiet', lib, 'copy')
    const inside = await commitFile(join(path, 'copy'), 'a.txt', 'a')
    await sh(path, 'add', '--all')
    await sh(path, 'commit', '--quiet', '-m', 'All')
    await writeFiles(path, { 'copy/draft.txt': 'x' })
    return { commits: [inside, await headOf(path)], files: ['a.txt', 'draft.txt'] }
  },
}

test.each(Object.entries(DEATHS))(
  'H26 H25 an attempt that died %s is named to the next one, with each commit and each file on its rescue refs',
  async (_, die) => {
    const { api } = await person()
    const { machine, remote } = await makeWorkplace(api)
    const lib = await makeRemote(machine, 'lib.git')
    const dead = await makeHost(api, machine)
    const one = await takeWork(dead, makeAgent(dead))
    one.letGo()
    const { worktree_path: path, branch_name: branch } = one.order
    const { commits, files = [] } = await die({ path, branch, remote, lib })
    await loseAllLeases({ db, server })

    const host = await makeHost(api, machine)
    const { order, root } = await takeWork(host, makeAgent(host))
    const ref = order.previous_attempts[0]?.rescue_ref
    expect(ref).toMatch(new RegExp(`^${rescueRef(one)}(-\\d+)?$`))
    const refs = Object.keys(await refsBelow(root, 'refs/scrum4me/rescue'))
    for (const kept of refs) expect(kept).toMatch(new RegExp(`^${rescueRef(one)}(-\\d+)?$`))
    expect((await sh(root, 'rev-list', ...refs)).split('\n')).toEqual(expect.arrayContaining(commits))
    const trees = await Promise.all(refs.map(kept => filesOf(root, kept)))
    expect(trees).toContainEqual(expect.arrayContaining(files))
  },
)

/** The branch and origin's main have changed the same line. Returns the branch's tip. */
async function conflict({ path, remote }: Place): Promise<string> {
  const tip = await commitFile(path, 'README.md', 'mine\n')
  await commitElsewhere(remote, 'main', 'README.md')
  await sh(path, 'fetch', '--quiet', 'origin')
  return tip
}
