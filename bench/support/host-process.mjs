/*
 * Opens worktrees in a process of a host's size, as ordered by messages: to start a git takes longer the bigger the
 * process is that starts it, and those of the measurements are several times as big as a host.
 */
import { join } from 'node:path'
import { execa } from 'execa'

const built = path => import(new URL(`../../dist/host/${path}.js`, import.meta.url).href)
const [{ createGit }, { openWorktree }, { worktreePath }] = await Promise.all(
  ['git/git', 'git/worktree', 'git/worktree-path', 'open-host'].map(built),
)
const { env } = process
const git = createGit({ env })

const ways = {
  async ours({ root, worktreesDir, n }) {
    const [jobId, claimNo] = [`job_${n}`, 1]
    const path = await worktreePath(worktreesDir, jobId, claimNo)
    const branch = `feat/story-${n}`
    await openWorktree(git, { root, path, branch, jobId, claimNo, baseSha: null, worktreesDir })
  },
  async plain({ root, worktreesDir, n }) {
    const args = ['worktree', 'add', '--quiet', '-b', `plain-${n}`, join(worktreesDir, `plain-${n}`), 'origin/main']
    await execa('git', args, { cwd: root })
  },
}

process.on('message', async ({ way, orders, atOnce }) => {
  const began = performance.now()
  try {
    if (atOnce) await Promise.all(orders.map(ways[way]))
    else for (const order of orders) await ways[way](order)
    process.send({ ms: performance.now() - began })
  } catch (error) {
    process.send({ error: String(error) })
  }
})
