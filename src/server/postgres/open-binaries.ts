import { join } from 'node:path'
import type { Account } from './account.ts'
import { copyTree } from './copy-tree.ts'
import { findPackage } from './find-package.ts'
import { isThere } from './is-there.ts'
import { hasLibraryLinks, makeLibraryLinks } from './library-links.ts'
import { publishFolder } from './publish-folder.ts'
import { openSystemFolder } from './system-folder.ts'

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  /** Clusters of another major version cannot be opened. */
  readonly major: string
}

/**
 * PostgreSQL's programs where `account` can run them: in the package if it is complete and ours, else in a copy,
 * because an account other than root often cannot enter the folder that holds node_modules.
 */
export async function openBinaries(dataDir: string, account: Account | null): Promise<Binaries> {
  const { root, version } = await findPackage()
  const native = join(root, 'native')
  const inPlace = !account && (await hasLibraryLinks(native))
  const folder = inPlace ? native : join(account ? await openSystemFolder('pg') : dataDir, copyName(version, account))
  if (!inPlace && !(await isThere(folder))) {
    await publishFolder(folder, async partial => {
      await copyTree(native, partial)
      await makeLibraryLinks(partial)
    })
  }
  const bin = join(folder, 'bin')
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres'), major: version.split('.')[0] ?? version }
}

function copyName(version: string, account: Account | null): string {
  return account ? version : `postgres-${version}`
}
