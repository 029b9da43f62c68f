import type { ArgsDef, CommandDef } from 'citty'

type Usage = [command: CommandDef<ArgsDef>, parent?: CommandDef<ArgsDef>]

/** The command that the words name, as deep as they go, with the one above it. */
export async function findUsage(root: CommandDef<ArgsDef>, words: readonly string[]): Promise<Usage> {
  let found: Usage = [root]
  for (const word of words.filter(given => !given.startsWith('-'))) {
    const below = (await resolve(found[0].subCommands))?.[word]
    const command = below && (await resolve(below))
    if (!command) break
    found = [command, found[0]]
  }
  return found
}

/** citty takes a value, a promise, or a function that makes either. */
export async function resolve<T>(given: T | Promise<T> | (() => T | Promise<T>)): Promise<T> {
  return given instanceof Function ? given() : given
}
