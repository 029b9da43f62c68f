import { readFile, stat } from 'node:fs/promises'
import { AppError } from '../../errors.ts'
import { hasCode } from './error-code.ts'

/** Whom PostgreSQL runs as, because it refuses to run as root. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

const CANDIDATES = ['postgres', '_postgres', 'nobody']

/** The account for a cluster whose files are, or will be, in `data`; null means our own, which is not root. */
export async function chooseAccount(data: string): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null
  return (await readOwner(data)) ?? (await readSystemAccount())
}

/** A cluster keeps its owner: PostgreSQL starts only as the one to whom the files belong. */
async function readOwner(data: string): Promise<Account | null> {
  try {
    const { uid, gid } = await stat(data)
    return uid === 0 ? null : { uid, gid }
  } catch (cause) {
    if (hasCode(cause, 'ENOENT', 'ENOTDIR')) return null
    throw cause
  }
}

async function readSystemAccount(): Promise<Account> {
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map(line => line.split(':'))
  for (const name of CANDIDATES) {
    const [, , uid, gid] = users.find(fields => fields[0] === name) ?? []
    if (Number(uid) > 0 && Number(gid) > 0) return { uid: Number(uid), gid: Number(gid) }
  }
  throw new AppError(
    'SERVER_UNAVAILABLE',
    `PostgreSQL does not run as root, and none of ${CANDIDATES.join(', ')} exists.`,
    {
      hint: 'Run Scrum4Me as an ordinary user, add a user `postgres`, or set DATABASE_URL.',
    },
  )
}
