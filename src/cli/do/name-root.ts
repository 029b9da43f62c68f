import type { Config, Environment } from '../../config.ts'
import { configPaths } from '../../config.ts'
import { findNamedRoot } from '../../host/git/named-roots.ts'
import { setMember } from '../files/json-text.ts'
import { readIfThere, replaceFile } from '../files/replace-file.ts'
import { applyChange } from '../files/text-change.ts'

/** Lets agents on this machine work on a product in `root`, unless another root is named for it; `tell` says which it is. */
export async function nameRoot(
  config: Config & { env: Environment },
  productId: string,
  root: string,
  tell: (line: string) => void,
): Promise<void> {
  const named = findNamedRoot(config, productId, productId)
  if (named?.path === root) return
  if (named) return tell(`Agents on this machine work on it in ${named.path}, which ${named.source} names.`)
  const path = configPaths(config.env, config.homeDir).agent
  tell(`Agents on this machine will work on it in ${root}; writing that into ${path}.`)
  const text = (await readIfThere(path)) ?? '{}\n'
  const change = setMember(text, ['repoRoots', productId], root)
  if (change) await replaceFile(path, applyChange(text, change))
}
