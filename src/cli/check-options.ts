import type { ArgsDef, CommandDef } from 'citty'
import { AppError } from '../errors.ts'
import { resolve } from './find-usage.ts'

/** Throws for an option that the command does not have, which citty passes over: it may be a mistyped one. */
export async function checkOptions(command: CommandDef<ArgsDef>, words: readonly string[]): Promise<void> {
  const known = Object.entries((await resolve(command.args)) ?? {}).flatMap(([name, { type }]) =>
    type === 'boolean' ? [`--${name}`, `--no-${name}`] : type === 'positional' ? [] : [`--${name}`],
  )
  const end = words.indexOf('--')
  const given = words.slice(0, end < 0 ? words.length : end).flatMap(word => /^--?[a-z][^=]*/i.exec(word)?.[0] ?? [])
  const unknown = given.find(option => !known.includes(option))
  if (unknown === undefined) return
  throw new AppError('VALIDATION_ERROR', `There is no option ${unknown}.`, {
    hint:
      known.length > 0 ? `Options: ${known.filter(name => !name.startsWith('--no-')).join(', ')}.` : 'Leave it out.',
  })
}
