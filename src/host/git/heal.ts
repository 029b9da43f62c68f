import type { GitOptions } from './git.ts'
import { mendRecords } from './mend-records.ts'
import type { Healing } from './remove-if-left.ts'
import { removeLeftLocks } from './remove-left-locks.ts'

/** What a git is given to get over what killed ones left. */
export function createHealer(healing: Healing): NonNullable<GitOptions['heal']> {
  return async conflict => (await removeLeftLocks(healing, conflict)) || mendRecords(healing, conflict.common)
}
