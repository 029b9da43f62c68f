import { defineCommand } from 'citty'
import { AppError } from '../../errors.ts'
import type { LocalHost } from '../../host/flows/host.ts'
import { listKnownRoots } from '../../host/flows/known-roots.ts'
import { RESCUE_REFS } from '../../host/git/rescue-name.ts'
import { listRescueRefs, type RescueRef, restoreRescueRef, savedAt } from '../../host/git/rescue-refs.ts'
import { durationOf } from '../duration.ts'
import { JSON_ARG, print, table } from '../print.ts'
import { say, type Terminal } from '../terminal.ts'
import { withLocalHost } from '../with-host.ts'

const PREFIX = `${RESCUE_REFS}/`

/** `rescue list|restore`. */
export function rescueCommand(terminal: Terminal) {
  const list = defineCommand({
    meta: { name: 'list', description: 'Show work that was kept of attempts that did not deliver' },
    args: { job: { type: 'string', description: 'Only of this job', valueHint: 'id' }, ...JSON_ARG },
    run: ({ args }) =>
      withLocalHost(terminal, async host => {
        const kept = (await listKept(host)).filter(({ jobId }) => !args.job || jobId === args.job)
        const shown = await Promise.all(kept.map(work => describe(host, work)))
        print(terminal, args.json, shown.sort(newestFirst), found => {
          if (found.length === 0) return ['Nothing is kept.']
          return table(
            ['WORK', 'AGE', 'ORIGIN', 'LAST COMMIT', 'REPOSITORY'],
            found.map(one => [one.work, age(one), one.on_origin ? 'yes' : 'no', one.subject, one.repository]),
          )
        })
      }),
  })
  const restore = defineCommand({
    meta: { name: 'restore', description: 'Make a branch of kept work, in its repository' },
    args: {
      work: { type: 'positional', description: 'As `rescue list` names it', required: true },
      branch: { type: 'string', description: 'The new branch', required: true },
    },
    run: ({ args }) =>
      withLocalHost(terminal, async host => {
        const kept = (await listKept(host)).find(({ ref }) => ref === PREFIX + args.work || ref === args.work)
        if (!kept) throw new AppError('NOT_FOUND', `Nothing is kept as ${args.work}.`, { hint: 'See `rescue list`.' })
        await restoreRescueRef(host.git, kept.root, kept, args.branch)
        say(terminal, `Made the branch ${args.branch} at ${kept.sha.slice(0, 12)} in ${kept.root}.`)
      }),
  })
  return defineCommand({
    meta: { name: 'rescue', description: 'Find work of attempts that did not deliver' },
    subCommands: { list, restore },
  })
}

type Kept = RescueRef & { root: string }
type Shown = Awaited<ReturnType<typeof describe>>

async function describe({ git }: LocalHost, { ref, sha, originSha, subject, root }: Kept) {
  const saved = await savedAt(git, root, ref)
  return {
    work: ref.slice(PREFIX.length),
    commit: sha,
    saved_at: saved?.toISOString() ?? null,
    on_origin: originSha === sha,
    subject,
    repository: root,
  }
}

function newestFirst(a: Shown, b: Shown): number {
  return (b.saved_at ?? '').localeCompare(a.saved_at ?? '')
}

function age({ saved_at }: Shown): string | null {
  return saved_at === null ? null : durationOf(Date.now() - Date.parse(saved_at))
}

async function listKept(host: LocalHost): Promise<Kept[]> {
  const kept = []
  for (const root of await listKnownRoots(host))
    kept.push(...(await listRescueRefs(host.git, root)).map(ref => ({ ...ref, root })))
  return kept
}
