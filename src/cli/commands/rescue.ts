import { defineCommand } from 'citty'
import { AppError } from '../../errors.ts'
import type { Host } from '../../host/flows/host.ts'
import { listKnownRoots } from '../../host/flows/known-roots.ts'
import { listRescueRefs, restoreRescueRef } from '../../host/git/rescue-refs.ts'
import { JSON_ARG, print, table } from '../print.ts'
import { say, type Terminal } from '../terminal.ts'
import { withHost } from '../with-host.ts'

const PREFIX = 'refs/scrum4me/rescue/'

/** `rescue list|restore`. */
export function rescueCommand(terminal: Terminal) {
  const list = defineCommand({
    meta: { name: 'list', description: 'Show work that was kept of attempts that did not deliver' },
    args: { job: { type: 'string', description: 'Only of this job', valueHint: 'id' }, ...JSON_ARG },
    run: ({ args }) =>
      withHost(terminal, async host => {
        const kept = (await listKept(host)).filter(({ jobId }) => !args.job || jobId === args.job)
        const shown = kept.map(({ ref, sha, savedAt, subject, root }) => ({
          work: ref.slice(PREFIX.length),
          commit: sha,
          saved_at: savedAt,
          subject,
          repository: root,
        }))
        print(terminal, args.json, shown, found => {
          if (found.length === 0) return ['Nothing is kept.']
          return table(
            ['WORK', 'SAVED', 'LAST COMMIT', 'REPOSITORY'],
            found.map(one => [one.work, one.saved_at, one.subject, one.repository]),
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
      withHost(terminal, async host => {
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

async function listKept(host: Host) {
  const kept = []
  for (const root of await listKnownRoots(host))
    kept.push(...(await listRescueRefs(host.git, root)).map(ref => ({ ...ref, root })))
  return kept
}
