import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Account } from './account.ts'
import { canEnter } from './can-enter.ts'
import { clusterParts } from './cluster.ts'
import { DATABASE_USER } from './database-url.ts'
import type { Binaries } from './open-binaries.ts'
import { publishFolder } from './publish-folder.ts'
import { removeVanished } from './remove-vanished.ts'
import { runInitdb } from './run-initdb.ts'
import { openSystemFolder } from './system-folder.ts'

interface Recipe {
  readonly account: Account | null
  readonly binaries: Binaries
  /** Whether initdb forces its files to disk before it ends. */
  readonly sync: boolean
}

/** Makes a cluster appear at `link`, there itself or, where its account cannot reach that, as a link to one elsewhere. */
export async function makeCluster(dataDir: string, link: string, recipe: Recipe): Promise<void> {
  if (!recipe.account || (await canEnter(recipe.account, dataDir))) {
    await publishFolder(link, folder => fillCluster(folder, recipe))
    return
  }
  const elsewhere = await openSystemFolder('clusters')
  await removeVanished(elsewhere)
  const target = join(elsewhere, randomBytes(6).toString('hex'))
  await publishFolder(target, async folder => {
    await fillCluster(folder, recipe)
    await writeFile(join(folder, 'data-folder'), dataDir)
  })
  await symlink(target, link)
}

async function fillCluster(folder: string, { account, binaries, sync }: Recipe): Promise<void> {
  const { data, passwordFile, socketFolder } = clusterParts(folder)
  await chmod(folder, account ? 0o711 : 0o700)
  await mkdir(data, { mode: 0o700 })
  await mkdir(socketFolder, { mode: 0o700 })
  await writeFile(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 })
  if (account) for (const path of [data, socketFolder, passwordFile]) await chown(path, account.uid, account.gid)
  const args = [`--pgdata=${data}`, `--username=${DATABASE_USER}`, '--auth=scram-sha-256', `--pwfile=${passwordFile}`]
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  await runInitdb(binaries.initdb, [...args, ...locale, ...(sync ? [] : ['--no-sync'])], account)
}
