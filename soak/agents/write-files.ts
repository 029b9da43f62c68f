import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { entriesOf } from './journal.ts'
import type { Work } from './work.ts'

/**
 * Writes the files that a plan names (without any, one of the agent's choice) and a note of this attempt, each with a
 * content that nobody else writes. What this attempt wrote before is left as it is.
 */
export async function writeFiles(work: Work, plan: string, name: string): Promise<void> {
  const named = [...plan.matchAll(/`([^`\n]+)`/g)].map(([, path = '']) => path)
  const { job, attempt } = work.about
  const mine = entriesOf(work.soak.journal, 'wrote').filter(entry => entry.job === job && entry.attempt === attempt)
  const note = `notes/${name.replaceAll(' ', '-')}-${attempt}.${mine.length}.txt`
  for (const path of [...named, note]) {
    if (mine.every(entry => entry.path !== path)) await write(work, path)
  }
}

async function write({ job, about, soak }: Work, path: string): Promise<void> {
  const file = join(job.worktree_path, path)
  const content = `${path} by ${about.slot}, life ${about.life}, for job ${about.job}, attempt ${about.attempt}\n`
  // A worktree that has been removed must not come back as a folder that is nothing.
  const folders = dirname(path).split('/')
  for (const [n] of folders.entries()) await makeFolder(join(job.worktree_path, ...folders.slice(0, n + 1)))
  await writeFile(file, content)
  soak.journal.write({ what: 'wrote', path, blob: blobOf(content), ...about })
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  })
}

/** The name that git gives to a file's content. */
function blobOf(content: string): string {
  return createHash('sha1')
    .update(`blob ${Buffer.byteLength(content)}\0${content}`)
    .digest('hex')
}
