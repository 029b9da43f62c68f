import { fileURLToPath } from 'node:url'

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The environment of every git: what the user configured for access and identity stays, what would point git at another
 * repository or let it ask a person does not, and only https, ssh and file are spoken.
 */
export function gitEnvironment(inherited: Environment): Record<string, string> {
  const kept = Object.entries(inherited).filter((entry): entry is [string, string] => isKept(entry))
  return { GIT_SSH, ...Object.fromEntries(kept), ...ALWAYS }
}

/**
 * Settings that outrank every configuration file: no hook, no watcher and no housekeeping that outlives its git, and no
 * file that is refused for its line ends when it is to be saved.
 */
export const ALWAYS_CONFIGURED = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'fetch.recurseSubmodules=false',
  'submodule.recurse=false',
  'core.quotePath=false',
  'core.safecrlf=false',
].flatMap(setting => ['-c', setting])

/** `GIT_ALLOW_PROTOCOL` outranks `protocol.*` of every file; an empty `GIT_ASKPASS` outranks `core.askPass`. */
const ALWAYS = {
  GIT_ALLOW_PROTOCOL: 'file:https:ssh',
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: '',
  SSH_ASKPASS_REQUIRE: 'never',
  GCM_INTERACTIVE: 'never',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_PAGER: 'cat',
  LC_ALL: 'C',
}

/** Git looks first at GIT_SSH_COMMAND and `core.sshCommand`. Its name tells git which options it takes. */
const GIT_SSH = fileURLToPath(new URL('never-asks/ssh', import.meta.url))

/** A list of what may pass: new location variables of later gits are kept out without naming them. */
const PASSES =
  /^GIT_(?:SSH(?:_COMMAND|_VARIANT)?|SSL_\w+|HTTP_\w+|PROXY_\w+|EXEC_PATH|CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM|COUNT|(?:KEY|VALUE)_\d+)|(?:AUTHOR|COMMITTER)_(?:NAME|EMAIL))$/

function isKept([name, value]: [string, string | undefined]): boolean {
  if (value === undefined || name === 'SSH_ASKPASS' || name === 'LANGUAGE') return false
  return !name.startsWith('GIT_') || PASSES.test(name)
}
