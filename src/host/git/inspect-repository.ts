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
  const [urls, pushUrls, used, pushUsed] = await Promise.all([
    ask('config', '--get-all', 'remote.origin.url'),
    ask('config', '--get-all', 'remote.origin.pushurl'),
    ask('remote', 'get-url', '--all', 'origin'),
    ask('remote', 'get-url', '--push', '--all', 'origin'),
  ])
  const written = lines(urls)
  if (written.length === 0) return { fetch: { written: [], used: [] }, push: { written: [], used: [] } }
  return {
    fetch: { written, used: lines(used) },
    push: { written: pushUrls === '' ? written : lines(pushUrls), used: lines(pushUsed) },
  }
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
