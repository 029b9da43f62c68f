import { readFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { runCli } from '../../src/cli/cli.ts'

const { version }: { version: string } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
)

/** What a command comes to, as if a process had run it: the last line's end is left out. */
export interface Outcome {
  exitCode: number
  stdout: string
  stderr: string
}

/** Runs the command line in this process, which is ten times as fast as in one of its own. Not where the folder matters. */
export async function runHere(
  { env, homeDir, self }: { env: Record<string, string>; homeDir: string; self: string[] },
  args: readonly string[],
): Promise<Outcome> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  stdin.end()
  const said = Promise.all([text(stdout), text(stderr)])
  const { signal } = new AbortController()
  const exitCode = await runCli(
    { env, homeDir, self, version, isInteractive: false, stdin, stdout, stderr, signal },
    args,
  )
  stdout.end()
  stderr.end()
  const [told, failed] = await said
  return { exitCode, stdout: told.replace(/\n$/, ''), stderr: failed.replace(/\n$/, '') }
}
