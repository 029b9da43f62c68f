import { readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clusterParts } from './cluster.ts'
import { hasCode } from './error-code.ts'
import { findPostmaster } from './find-postmaster.ts'
import { isThere } from './is-there.ts'

/**
 * Removes clusters whose data folder was a temporary one and is gone, or every test run would leave 40 MB behind.
 * Other data folders may only have been moved, so their clusters stay.
 */
export async function removeVanished(clusters: string): Promise<void> {
  for (const name of await readdir(clusters)) {
    const folder = join(clusters, name)
    const dataDir = await readIfThere(join(folder, 'data-folder'))
    if (!dataDir?.startsWith(`${tmpdir()}/`) || (await isThere(dataDir))) continue
    if (await findPostmaster(clusterParts(folder).data)) continue
    await rm(folder, { recursive: true, force: true })
  }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    if (hasCode(cause, 'ENOENT', 'ENOTDIR')) return null
    throw cause
  }
}
