import { join } from 'node:path'
import type { Account } from './account.ts'
import type { Binaries } from './open-binaries.ts'

/** One database cluster: a folder with the data, the password beside it, and the private folder of its socket. */
export interface Cluster {
  readonly folder: string
  readonly data: string
  readonly passwordFile: string
  readonly logFile: string
  readonly account: Account | null
  readonly binaries: Binaries
}

/** The parts of a cluster's folder. */
export function clusterParts(folder: string): { data: string; passwordFile: string; socketFolder: string } {
  return { data: join(folder, 'data'), passwordFile: join(folder, 'password'), socketFolder: join(folder, 'socket') }
}
