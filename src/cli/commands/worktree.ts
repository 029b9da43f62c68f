import { defineCommand } from 'citty'
import { fromApi } from '../../host/flows/api-error.ts'
import { type JudgedWorktree, listAllWorktrees, listStandingWorktrees } from '../../host/flows/standing-worktrees.ts'
import { sweepWorktrees } from '../../host/flows/sweep-worktrees.ts'
import { JSON_ARG, print, table } from '../print.ts'
import type { Terminal } from '../terminal.ts'
import { withHost, withLocalHost } from '../with-host.ts'

/** `worktree list|clean`. */
export function worktreeCommand(terminal: Terminal) {
  const list = defineCommand({
    meta: { name: 'list', description: 'Show the worktrees of this machine' },
    args: JSON_ARG,
    run: async ({ args }) => {
      const standing = (await listJudged(terminal)).map(({ path, root, mark, claim }) => ({
        job_id: mark.jobId,
        attempt: mark.claimNo,
        claim: claim ?? 'unknown',
        branch: mark.branch,
        path,
        repository: root,
      }))
      print(terminal, args.json, standing, found => {
        if (found.length === 0) return ['No worktree stands.']
        const rows = found.map(one => [one.job_id, one.claim, one.branch, one.path])
        return table(['JOB', 'CLAIM', 'BRANCH', 'PATH'], rows)
      })
    },
  })
  const clean = defineCommand({
    meta: { name: 'clean', description: 'Save and remove those whose claims are over' },
    args: JSON_ARG,
    run: ({ args }) =>
      withHost(terminal, async host => {
        const gone = (await sweepWorktrees(host)).map(({ path, rescueRef }) => ({ path, rescue_ref: rescueRef }))
        print(terminal, args.json, gone, found => {
          if (found.length === 0) return ['Nothing was to be removed.']
          return found.map(one => `Removed ${one.path}${one.rescue_ref ? `, kept ${one.rescue_ref}` : ''}.`)
        })
      }),
  })
  return defineCommand({
    meta: { name: 'worktree', description: 'Look at worktrees, and tidy up' },
    subCommands: { list, clean },
  })
}

/** Without a server's answer it is still of use to know what stands. */
async function listJudged(terminal: Terminal): Promise<JudgedWorktree[]> {
  try {
    return await withHost(terminal, listStandingWorktrees)
  } catch (error) {
    const standing = await withLocalHost(terminal, listAllWorktrees)
    const { code, message } = fromApi(error)
    terminal.stderr.write(`Whether their claims are over is unknown: ${code}: ${message}\n`)
    return standing.map(worktree => ({ ...worktree, claim: null }))
  }
}
