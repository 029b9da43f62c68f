import type { Environment } from '../../config.ts'
import type { EntryFormat } from './entry-format.ts'

/** The parts of a machine by which clients find their files. */
export interface Place {
  env: Environment
  homeDir: string
  platform: NodeJS.Platform
}

/** A client that can be told about us in a file. */
export interface AgentClient {
  title: string
  userFile(place: Place): string
  /** Below the top of a repository; null when the client reads none there. */
  projectFile: string | null
  format: EntryFormat
  /** How a file that others read as well names a variable of the environment. */
  variable(name: string): string
  /** What shows or makes it work afterwards. */
  afterwards: string
}
