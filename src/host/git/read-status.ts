import type { Git, GitRunOptions } from './git.ts'

export interface Status {
  /** Null on a branch without commits. */
  headSha: string | null
  branch: string | null
  /** Paths from the worktree's root; one that ends with `/` is another repository inside it. */
  dirty: string[]
  /** Those of them that are there, and those that are not: one that git was told to forget is both. */
  present: string[]
  gone: string[]
}

export interface StatusOptions extends Pick<GitRunOptions, 'env' | 'bytes' | 'maxOutputBytes'> {
  insideSubmodules?: boolean
}

/**
 * What `git status` says, read strictly; `options.bytes` gives the paths as bytes. Of submodules without a look into them
 * only those at another commit are dirty.
 */
export async function readStatus(
  git: Git,
  path: string,
  { insideSubmodules = true, ...options }: StatusOptions = {},
): Promise<Status> {
  const records = (
    await git.run(path, insideSubmodules ? STATUS : [...STATUS, '--ignore-submodules=dirty'], {
      ...options,
      long: true,
    })
  ).stdout.split('\0')
  const header = (name: string) => records.find(record => record.startsWith(`# ${name} `))?.slice(name.length + 3)
  const [oid, head] = [header('branch.oid'), header('branch.head')]
  return {
    headSha: oid === undefined || oid === '(initial)' ? null : oid,
    branch: head === undefined || head === '(detached)' ? null : head,
    dirty: records.flatMap(toPath),
    present: records.filter(record => !isGone(record)).flatMap(toPath),
    gone: records.filter(isGone).flatMap(toPath),
  }
}

/** Renames are off, so that each record has one path. */
const STATUS = [
  'status',
  '--porcelain=v2',
  '-z',
  '--branch',
  '--untracked-files=all',
  '--no-renames',
  '--no-ahead-behind',
]

/** How many fields stand before the path, by the record's first letter. */
const FIELDS: Readonly<Record<string, number>> = { '1': 8, u: 10, '?': 1 }

/** Of which mode its file is on disk, by the record's first letter; none is six zeros. */
const MODE: Readonly<Record<string, number>> = { '1': 5, u: 6 }

function isGone(record: string): boolean {
  const field = MODE[record.slice(0, record.indexOf(' '))]
  return field !== undefined && record.split(' ', field + 1)[field] === '000000'
}

function toPath(record: string): string[] {
  const fields = FIELDS[record.slice(0, record.indexOf(' '))]
  if (record === '' || record.startsWith('# ')) return []
  if (fields === undefined) throw new Error(`git status printed a record that is not understood: ${record}`)
  return [record.split(' ').slice(fields).join(' ')]
}
