import { isAbsolute, join, resolve } from 'node:path'
import { AppError } from '../../errors.ts'
import type { Environment } from './git-environment.ts'

export interface RootNames {
  /** Only `SCRUM4ME_REPO_ROOT_…` are read. */
  env: Environment
  repoRoots: Readonly<Record<string, string>>
  homeDir: string
}
export interface NamedRoot {
  path: string
  /** The variable or the entry that names it, for messages. */
  source: string
}

/** The root that a person named for a key: `SCRUM4ME_REPO_ROOT_<variable>`, else `repoRoots[<key>]`; null without one. */
export function findNamedRoot(settings: RootNames, variable: string, key: string): NamedRoot | null {
  const name = `SCRUM4ME_REPO_ROOT_${variable}`
  for (const spelling of [name, exportable(name)]) {
    const value = settings.env[spelling]
    if (value) return { path: absolute(value, spelling, settings.homeDir), source: spelling }
  }
  const value = Object.hasOwn(settings.repoRoots, key) ? settings.repoRoots[key] : undefined
  const source = `repoRoots[${JSON.stringify(key)}]`
  return value ? { path: absolute(value, source, settings.homeDir), source } : null
}

/** A shell exports names of letters, digits and `_` only. */
export function exportable(name: string): string {
  return name.replace(/[^A-Za-z0-9_]/g, '_')
}

function absolute(value: string, source: string, homeDir: string): string {
  const path = value === '~' || value.startsWith('~/') ? join(homeDir, value.slice(1)) : value
  if (isAbsolute(path)) return resolve(path)
  throw new AppError('REPO_NOT_CONFIGURED', `${source} is ${JSON.stringify(value)}, which is not an absolute path.`, {
    hint: `Give ${source} the absolute path of a clone; ~ stands for the home folder.`,
  })
}
