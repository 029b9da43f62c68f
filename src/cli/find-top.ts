import type { Git } from '../host/git/git.ts'

/** The top folder of the clone that the command was called in, or null. */
export async function findTop(git: Git, signal: AbortSignal): Promise<string | null> {
  const { stdout, exitCode } = await git.run('.', ['rev-parse', '--show-toplevel'], { signal, okExitCodes: [0, 128] })
  const top = stdout.replace(/\n$/, '')
  return exitCode === 0 && top !== '' ? top : null
}
