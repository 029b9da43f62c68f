import type { Readable, Writable } from 'node:stream'
import type { Environment } from '../config.ts'

/** What a command gets of the process: handed in by main.ts, which alone reads it. */
export interface Terminal {
  env: Environment
  homeDir: string
  stdin: Readable
  stdout: Writable
  stderr: Writable
  /** Aborts at Ctrl-C or SIGTERM. */
  signal: AbortSignal
  /** A person reads stdout, in colours. */
  isInteractive: boolean
  /** The program and arguments that start this command line again. */
  self: readonly string[]
  version: string
}

/** Writes one line for the person or program that called. */
export function say({ stdout }: Pick<Terminal, 'stdout'>, line = ''): void {
  stdout.write(`${line}\n`)
}
