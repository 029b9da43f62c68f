import type { WholeKit } from '../../domain/kit.ts'
import { AppError } from '../../errors.ts'
import type { Host } from './host.ts'

/** An offer is renewed for 15 minutes. */
const WHOLE_MS = 14 * 60_000
/** What of the output goes with the claim that is given back. */
const TAIL = 3_000

/** Runs the set-up commands of a kit in a fresh worktree; SETUP_FAILED with the end of the output of one that fails. */
export async function runSetUp(
  host: Host,
  { setup, timeouts }: WholeKit,
  { path, env }: { path: string; env: Record<string, string> },
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + WHOLE_MS
  for (const command of setup) {
    const timeoutMs = Math.max(1, Math.min(timeouts.setup * 1000, Math.round(deadline - performance.now())))
    const { passed, seconds, output } = await host.runCommand({ command, cwd: path, env, timeoutMs, signal })
    if (passed) continue
    throw new AppError('SETUP_FAILED', `Set-up failed: \`${command}\`, after ${seconds} s.\n${output.slice(-TAIL)}\n`)
  }
}
