import { realpath } from 'node:fs/promises'
import type { Git } from './git.ts'
import { isMissing } from './worktree-path.ts'

export interface Origin {
  /** As written in the configuration, and as git reads it (`insteadOf`); both empty without an origin. */
  fetch: { written: string[]; used: string[] }
  push: { written: string[]; used: string[] }
}

/** The origin of the repository whose top folder is `path`; null when there is none, or only one around it. */
export async function inspectRepository(git: Git, path: string, signal?: AbortSignal): Promise<Origin | null> {
  if (!(await isTop(git, path, signal))) return null
  const ask = async (...args: string[]) => (await git.run(path, args, { signal, okExitCodes: [0, 1, 2, 128] })).stdout
  const settings = (await ask('config', '--null', '--get-regexp', URLS)).split('\0').map(toSetting)
  const valuesOf = (wanted: string) =>
    settings.filter(({ key, value }) => key === wanted && value !== '').map(({ value }) => value)
  const written = valuesOf('remote.origin.url')
  if (written.length === 0) return { fetch: { written: [], used: [] }, push: { written: [], used: [] } }
  const pushUrls = valuesOf('remote.origin.pushurl')
  const plain = { fetch: same(written), push: same(pushUrls.length === 0 ? written : pushUrls) }
  if (!settings.some(({ key }) => key.startsWith('url.'))) return plain
  const [used, pushUsed] = await Promise.all([
    ask('remote', 'get-url', '--all', 'origin'),
    ask('remote', 'get-url', '--push', '--all', 'origin'),
  ])
  return {
    fetch: { ...plain.fetch, used: lines(used) },
    push: { ...plain.push, used: lines(pushUsed) },
  }
}

/** What origin is, and what git reads instead of it. */
const URLS = String.raw`^(remote\.origin\.(url|pushurl)|url\..*\.(insteadof|pushinsteadof))$`

function toSetting(entry: string): { key: string; value: string } {
  const [key = '', ...value] = entry.split('\n')
  return { key, value: value.join('\n') }
}

function same(urls: string[]): { written: string[]; used: string[] } {
  return { written: urls, used: urls }
}

/** Git looks for a repository in all the folders above, so the answer must be about `path` itself. */
async function isTop(git: Git, path: string, signal: AbortSignal | undefined): Promise<boolean> {
  const args = ['rev-parse', '--is-bare-repository', '--show-prefix', '--absolute-git-dir']
  try {
    const folder = await realpath(path)
    const { stdout, exitCode, stderr } = await git.run(folder, args, { signal, okExitCodes: [0, 128] })
    if (exitCode !== 0 && !stderr.includes('not a git repository')) await git.run(folder, args, { signal })
    const [bare, prefix, ...rest] = stdout.split('\n')
    return exitCode === 0 && (bare === 'true' ? rest.join('\n') === `${folder}\n` : prefix === '')
  } catch (cause) {
    if (isMissing(cause)) return false
    throw cause
  }
}

function lines(output: string): string[] {
  return output.split('\n').filter(line => line !== '')
}
