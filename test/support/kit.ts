import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ApiClient } from '../../src/contract/client.ts'
import { isThere } from '../../src/host/git/worktree-path.ts'
import { makeFolder } from './folder.ts'
import { makeAgent, makeHost, makeWorkplace, namedRoot, takeWork } from './host.ts'
import { type Machine, makeClone, sh, writeFiles } from './repositories.ts'

/** Brings files onto a branch of a remote, as somebody would by pushing. */
export async function publish(
  machine: Machine,
  remote: string,
  files: Record<string, string>,
  branch = 'main',
): Promise<void> {
  const clone = await makeClone(machine, remote, `author-${Math.random().toString(36).slice(2)}`)
  await sh(clone, 'switch', '--quiet', '-C', branch)
  await writeFiles(clone, files)
  await sh(clone, 'add', '--all')
  await sh(clone, 'commit', '--quiet', '--message', 'Say what a worktree needs')
  await sh(clone, 'push', '--quiet', 'origin', branch)
}

/** A workplace whose repository holds files, `.scrum4me.yml` among them, and is cloned where the host looks for it. */
export async function makeKitWorkplace(
  api: ApiClient,
  files: Record<string, string>,
  wish: Parameters<typeof makeWorkplace>[1] = {},
) {
  const workplace = await makeWorkplace(api, wish)
  const { machine, remote, product } = workplace
  await publish(machine, remote, files)
  const root = await makeClone(machine, remote)
  const roots = namedRoot(machine, product.id, root)
  const host = await makeHost(api, machine, { roots })
  return { ...workplace, root, roots, host, worker: makeAgent(host) }
}

/** An agent that holds a job whose repository has checks, and how often they ran. */
export async function takeCheckedWork(api: ApiClient, checks: string[], more: object = {}) {
  const runs = join(await makeFolder(), 'runs')
  const kit = { checks: [`echo >> ${runs}`, ...checks], ...more }
  const workplace = await makeKitWorkplace(api, { '.scrum4me.yml': JSON.stringify(kit) })
  const held = await takeWork(workplace.host, workplace.worker)
  const countRuns = async () => ((await isThere(runs)) ? (await readFile(runs, 'utf8')).length : 0)
  return { ...workplace, held, path: held.order.worktree_path, countRuns }
}
