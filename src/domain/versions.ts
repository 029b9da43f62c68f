import gte from 'semver/functions/gte.js'
import valid from 'semver/functions/valid.js'

/** The oldest host that a server of this version works with, and the oldest server that a host does. */
export const OLDEST_HOST = '0.1.0-0'
export const OLDEST_SERVER = '0.1.0-0'

/** Whether a version is one, and not older than another. */
export function isAtLeast(version: string, oldest: string): boolean {
  return valid(version) !== null && gte(version, oldest)
}
