import { AppError } from '../../errors.ts'
import type { Git } from './git.ts'
import { GitFailure } from './git-failure.ts'

export interface OriginRefs {
  /** The branch that origin's HEAD stands for, as far as origin tells. */
  defaultBranch: string | null
  /** The commits by full ref name; `HEAD` is one of them. */
  tips: ReadonlyMap<string, string>
}

/** Asks origin for the named refs (`HEAD`, `refs/heads/…`; none: all branches), without bringing anything. */
export async function listOrigin(git: Git, root: string, refs: string[], signal?: AbortSignal): Promise<OriginRefs> {
  const scope = refs.length === 0 ? ['--heads', '--', 'origin'] : ['--symref', '--', 'origin', ...refs]
  const { stdout } = await git.run(root, ['ls-remote', '--quiet', ...scope], { signal }).catch(explained(root))
  const lines = stdout.split('\n').map(line => line.split('\t'))
  const head = lines.find(([what, name]) => name === 'HEAD' && what?.startsWith(SYMREF))?.[0]
  const tips = lines.flatMap(([what, name]) =>
    what && name && !what.startsWith('ref: ') ? [[name, what] as const] : [],
  )
  return { defaultBranch: head?.slice(SYMREF.length) ?? null, tips: new Map(tips) }
}

/** The tip of origin's `branch` as origin tells it now, or null when it has none. */
export async function originTip(git: Git, root: string, branch: string, signal?: AbortSignal): Promise<string | null> {
  const ref = `refs/heads/${branch}`
  return (await listOrigin(git, root, [ref], signal)).tips.get(ref) ?? null
}

const SYMREF = 'ref: refs/heads/'

function explained(root: string) {
  return (cause: unknown): never => {
    const nameless =
      cause instanceof GitFailure && cause.stderr.includes("'origin' does not appear to be a git repository")
    if (!nameless) throw cause
    throw new AppError('REPO_NOT_CONFIGURED', `The repository ${root} has no remote called origin.`, {
      hint: `Name its remote: git -C ${root} remote add origin <url>.`,
      cause,
    })
  }
}
