import { AppError } from '../errors.ts'

/** Where a repository lives: on a forge, reached by https or ssh, or in a folder of this machine. */
export type RepositoryUrl =
  | { kind: 'forge'; transport: 'https' | 'ssh'; host: string; path: readonly string[] }
  | { kind: 'local'; path: string }

/**
 * Reads an https, ssh, scp-like (`git@host:owner/name.git`) or file URL, or an absolute path; anything else is a
 * VALIDATION_ERROR, above all what git would take for an option or a helper (`ext::`).
 */
export function parseRepositoryUrl(url: string): RepositoryUrl {
  const parsed = tryParse(url)
  if (parsed !== null) return parsed
  throw new AppError(
    'VALIDATION_ERROR',
    `${JSON.stringify(redactUrl(url))} is not a repository URL that can be used.`,
    {
      hint: 'Give https://host/owner/name.git, git@host:owner/name.git, ssh://…, file:///… or an absolute path.',
    },
  )
}

/**
 * Throws VALIDATION_ERROR for a URL that cannot be used, or that would store and show a secret: an https one with a user,
 * who is often a token, or a password.
 */
export function checkRepositoryUrl(url: string): void {
  parseRepositoryUrl(url)
  if (!/^https:\/\/[^/]*@/i.test(url)) return
  throw new AppError(
    'VALIDATION_ERROR',
    'The repository URL holds a password or token, which would be stored and shown.',
    {
      hint: 'Leave it out; git on the host takes it from its credential helper or ssh key.',
    },
  )
}

/** The last part of a repository's path, without `.git`. */
export function repositoryName(url: string): string {
  const parsed = parseRepositoryUrl(url)
  const parts = parsed.kind === 'forge' ? parsed.path : parsed.path.split('/')
  return parts.at(-1) ?? ''
}

/**
 * What two spellings of one repository have in common: `host/owner/name` in lower case, `file:/abs/path` for a local
 * one, and the product's id where there is no URL.
 */
export function repositoryKey(url: string | null, productId: string): string {
  return url === null ? productId : keyOf(parseRepositoryUrl(url))
}

/** Whether both URLs name one repository; a URL that cannot be read is the same as none. */
export function sameRepository(a: string, b: string): boolean {
  const [left, right] = [tryParse(a), tryParse(b)]
  return left !== null && right !== null && keyOf(left) === keyOf(right)
}

/** The URL without user name and password, for messages. */
export function redactUrl(url: string): string {
  if (url.includes('://')) return redactUrls(url)
  return SCP.test(url) ? url.slice(url.indexOf('@') + 1) : url
}

/** A text in which no URL carries a user name or a password. */
export function redactUrls(text: string): string {
  return text.replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/]*@/gi, '$1')
}

const HOST = String.raw`[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\]`
const HTTPS = new RegExp(`^https://(?:[^/]*@)?(?<host>${HOST})(?::\\d{1,5})?/(?<path>[^?#]+)$`, 'i')
const SSH = new RegExp(`^ssh://(?:[a-z0-9._][^/@:]*@)?(?<host>${HOST})(?::\\d{1,5})?/(?<path>.+)$`, 'i')
const SCP = new RegExp(`^(?:[a-z0-9._][^/@:]*@)?(?<host>${HOST}):(?!:|//)(?<path>.+)$`, 'i')
const FILE = /^file:\/\/(?:localhost)?(?<path>\/.+)$/i
/** Far above any real URL; a longer one is a mistake or an attack. */
const MAX_LENGTH = 2048

function tryParse(url: string): RepositoryUrl | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
  if (url.length > MAX_LENGTH || /[\u0000-\u001f\u007f\u2028\u2029]/.test(url) || url.trim() !== url) return null
  if (url.startsWith('/')) return local(url)
  if (url.includes('://')) return fromScheme(url)
  return forge('ssh', SCP.exec(url))
}

function fromScheme(url: string): RepositoryUrl | null {
  const file = decoded(FILE.exec(url)?.groups?.path ?? '')
  return file ? local(file) : (forge('https', HTTPS.exec(url)) ?? forge('ssh', SSH.exec(url)))
}

function forge(transport: 'https' | 'ssh', match: RegExpExecArray | null): RepositoryUrl | null {
  const { host, path } = match?.groups ?? {}
  if (host === undefined || path === undefined) return null
  const parts = withoutSuffix(path).split('/').filter(Boolean)
  return parts.length > 0 && parts.every(isPlain)
    ? { kind: 'forge', transport, host: host.toLowerCase(), path: parts }
    : null
}

/** A part must not leave its folder, also after the server has decoded it. */
function isPlain(part: string): boolean {
  const plain = decoded(part)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
  return plain !== null && plain !== '.' && plain !== '..' && !/[/\\\u0000-\u001f\u007f]/.test(plain)
}

function local(path: string): RepositoryUrl | null {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  const normal = withoutSuffix(`/${parts.join('/')}`)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a decoded URL can hold what its raw form did not
  return normal === '' || normal === '/' || /[\u0000-\u001f\u007f]/.test(normal)
    ? null
    : { kind: 'local', path: normal }
}

function withoutSuffix(path: string): string {
  return path
    .replace(/\/+$/, '')
    .replace(/\.git$/i, '')
    .replace(/\/+$/, '')
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

function keyOf(url: RepositoryUrl): string {
  return url.kind === 'local' ? `file:${url.path}` : [url.host, ...url.path].join('/').toLowerCase()
}
