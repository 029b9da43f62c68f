import { stat } from 'node:fs/promises'
import { configPaths } from '../../../config.ts'
import { readIfThere } from '../../files/replace-file.ts'
import { type Check, type Finding, ok, trouble, warning } from '../check.ts'

export const configuration: Check = {
  name: 'configuration',
  run: async ({ config, terminal }) => {
    if (config instanceof Error) return [trouble(config.message, config.hint)]
    const { main, agent } = configPaths(terminal.env, terminal.homeDir)
    return [...(await look(main, true)), ...(await look(agent, false))]
  },
}

async function look(path: string, holdsTokens: boolean): Promise<Finding[]> {
  if ((await readIfThere(path)) === null) return []
  const { mode } = await stat(path)
  if (holdsTokens && (mode & 0o077) !== 0)
    return [warning(`Other users of this machine can read ${path}, and your tokens in it.`, `chmod 600 ${path}`)]
  return [ok(path)]
}
