import type { ApiClient } from '../../src/contract/client.ts'
import { makeAgent, makeHost, makeWorkplace, namedRoot } from './host.ts'
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
