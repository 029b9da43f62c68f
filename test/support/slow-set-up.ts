import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import type { ApiClient } from '../../src/contract/client.ts'
import { makeFolder } from './folder.ts'
import { makeKitWorkplace } from './kit.ts'

/** A workplace whose set-up command stands still until the test lets it end; `more` commands come after it. */
export async function makeSlowWorkplace(
  api: ApiClient,
  { more = [], ...wish }: { more?: string[] } & Parameters<typeof makeKitWorkplace>[2] = {},
) {
  const folder = await makeFolder()
  const [begun, go, runs] = ['begun', 'go', 'runs'].map(name => join(folder, name)) as [string, string, string]
  await execa('sh', ['-c', `mkfifo ${begun} ${go}`])
  await writeFile(runs, '')
  const setup = [`echo >> ${runs}; echo > ${begun}; read word < ${go}`, ...more]
  const workplace = await makeKitWorkplace(api, { '.scrum4me.yml': JSON.stringify({ setup }) }, wish)
  return {
    ...workplace,
    api,
    /** Resolves when a set-up command is at work; once for each. */
    untilBegun: async () => void (await readFile(begun)),
    /** Lets the set-up command that is at work end. */
    finish: () => writeFile(go, 'go\n'),
    countRuns: async () => (await readFile(runs, 'utf8')).length,
  }
}
