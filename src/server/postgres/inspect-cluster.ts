import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../errors.ts'
import { clusterParts } from './cluster.ts'
import { isThere } from './is-there.ts'

/** What lies where a cluster should be. */
export type ClusterState = 'missing' | 'half-made' | 'complete'

/** Tells a usable cluster from the remains of one; data without its password is refused, so that nothing is lost. */
export async function inspectCluster(folder: string): Promise<ClusterState> {
  if (!(await isThere(folder))) return 'missing'
  const { data, passwordFile } = clusterParts(folder)
  const hasData = (await isThere(join(data, 'PG_VERSION'))) && (await isThere(join(data, 'global', 'pg_control')))
  if (!hasData) return 'half-made'
  if (await isThere(passwordFile)) return 'complete'
  throw new AppError('SERVER_UNAVAILABLE', `The cluster in ${folder} is there, but its file \`password\` is missing.`, {
    hint: `Put ${passwordFile} back from your backup, or move ${folder} away to begin with an empty database.`,
  })
}

/** Moves what lies at `folder` out of the way and returns its new path. */
export async function setAside(folder: string): Promise<string> {
  const aside = `${folder}.unusable-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`
  await rename(folder, aside)
  return aside
}
