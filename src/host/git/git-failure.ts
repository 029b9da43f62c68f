import { redactUrls } from '../../domain/repository-url.ts'
import { AppError } from '../../errors.ts'

/** Why a git came to nothing: it answered with an error, ran too long, printed too much, or could not be started. */
export type GitFailureKind = 'exit' | 'timeout' | 'output' | 'start'

/** A git that failed, with all that it said; the message holds its last lines, without passwords. */
export class GitFailure extends AppError {
  readonly kind: GitFailureKind
  readonly stderr: string

  constructor(kind: GitFailureKind, command: string, said: string) {
    const stderr = redactUrls(said.slice(-MOST_SAID))
    super('GIT_FAILED', `${command} ${OUTCOME[kind]}: ${lastLines(stderr)}`, { hint: hintFor(kind, stderr) })
    this.kind = kind
    this.stderr = stderr
  }
}

/** What matters comes last, and looking for passwords in more would take long. */
const MOST_SAID = 20_000

/**
 * Whether git met the half-done work of another git (a lock, a worktree that is being added), which is done a moment
 * later; it then did nothing itself, so it can be repeated.
 */
export function isLockConflict(failure: unknown, command: string): failure is GitFailure {
  if (!(failure instanceof GitFailure) || failure.kind !== 'exit') return false
  return BUSY.some(pattern => pattern.test(failure.stderr)) || (command === 'fetch' && REF_MOVED.test(failure.stderr))
}

/** The lock files that stood in a git's way, as it named them: it may mean below its own folder. */
export function lockFilesIn({ stderr }: GitFailure): string[] {
  const locks = [...stderr.matchAll(/Unable to create '(.+?\.lock)': File exists/g)].map(([, path = '']) => path)
  const files = [...stderr.matchAll(/could not lock config file (.+): File exists/g)].map(([, path]) => `${path}.lock`)
  return [...new Set([...locks, ...files])]
}

const BUSY = [
  /\.lock'?: (?:File exists|No such file or directory)/,
  /could not lock config file .+: File exists/,
  /failed to read .+\/commondir/,
  /bad object worktrees\/.+\/HEAD/,
]
/** Two fetches that bring one ref: the later one finds it moved. */
const REF_MOVED = /cannot lock ref .*(?:but expected|reference already exists)/

const OUTCOME: Record<GitFailureKind, string> = {
  exit: 'failed',
  timeout: 'was stopped',
  output: 'was stopped',
  start: 'could not be started',
}

const HINTS: readonly (readonly [RegExp, string])[] = [
  [/No space left on device|Disk quota exceeded/, 'Free some disk space on this host and try again.'],
  // Of a file that it checks out git does not say why.
  [
    /unable to write (?:file|new index)|write error|sha1 file .* write/,
    'Look whether the disk is full or may not be written to, mend that and try again.',
  ],
  [/dubious ownership/, 'Let the owner of the folder run this host, or add the folder to safe.directory as git says.'],
  [
    /\.lock': File exists|could not lock config file .+: File exists/,
    'If no other git is at work there, delete the lock file that git names and try again; one that a killed git left is removed within minutes.',
  ],
  [
    /Permission denied \(|Authentication failed|could not read Username|error: 40[13]/,
    'Give this host access to the repository and try again.',
  ],
  [
    /Host key verification failed/,
    'Add the host to known_hosts on this machine (connect to it once by ssh) and try again.',
  ],
  [/Permission denied|Read-only file system/, 'Let the user of this host write to the folder that git names.'],
  [/transport '.*' not allowed/, 'Use an https, ssh or file URL.'],
]

function hintFor(kind: GitFailureKind, stderr: string): string {
  if (kind === 'timeout')
    return 'Look whether the remote answers and asks for no password or confirmation, then try again.'
  if (kind === 'start') return 'Install git on this host and look whether the folder still exists.'
  return HINTS.find(([pattern]) => pattern.test(stderr))?.[1] ?? 'Read what git said, mend it and try again.'
}

function lastLines(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).filter(line => line.trim() !== '' && !line.startsWith('hint:'))
  return lines.slice(-6).join(' | ').slice(-1200) || 'it said nothing'
}
