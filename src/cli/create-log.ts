import pino, { type Logger } from 'pino'
import type { Terminal } from './terminal.ts'

/** The log, on stderr: stdout belongs to the protocol or to the command's answer. Nothing that is a secret is written. */
export function createLog({ stderr }: Pick<Terminal, 'stderr'>, level: string): Logger {
  const redact = [
    'token',
    '*.token',
    'claim_token',
    '*.claim_token',
    '*.password',
    '*.connectionString',
    '*.databaseUrl',
  ]
  return pino({ level, base: null, redact }, stderr)
}
