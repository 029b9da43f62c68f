import { mkdir, readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../errors.ts'
import { chooseAccount } from './account.ts'
import { type Cluster, clusterParts } from './cluster.ts'
import { inspectCluster, setAside } from './inspect-cluster.ts'
import { makeCluster } from './make-cluster.ts'
import { openBinaries } from './open-binaries.ts'

/** The cluster of a data folder, made if there is none; a half-made one is set aside, never deleted. */
export async function openCluster(
  dataDir: string,
  options: { log: (message: string) => void; sync: boolean },
): Promise<Cluster> {
  await mkdir(dataDir, { recursive: true })
  const link = join(dataDir, 'postgres')
  const state = await inspectCluster(link)
  if (state === 'half-made') options.log(`A half-made cluster was set aside as ${await setAside(link)}.`)

  const account = await chooseAccount(clusterParts(link).data)
  const binaries = await openBinaries(dataDir, account)
  if (state !== 'complete') {
    options.log(`Making a new PostgreSQL ${binaries.major} cluster in ${dataDir}.`)
    await makeCluster(dataDir, link, { account, binaries, sync: options.sync })
  }
  const folder = await realpath(link)
  const { data, passwordFile } = clusterParts(folder)
  await assertMajor(data, binaries.major)
  return { folder, data, passwordFile, logFile: join(dataDir, 'postgres.log'), account, binaries }
}

async function assertMajor(data: string, major: string): Promise<void> {
  const made = (await readFile(join(data, 'PG_VERSION'), 'utf8')).trim()
  if (made === major) return
  throw new AppError(
    'SERVER_UNAVAILABLE',
    `The cluster in ${data} is of PostgreSQL ${made}; this Scrum4Me has ${major}.`,
    {
      hint: `Export the data with the Scrum4Me that made it, or serve the folder with PostgreSQL ${made} and set DATABASE_URL.`,
    },
  )
}
