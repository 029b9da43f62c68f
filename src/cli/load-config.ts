import { readFile } from 'node:fs/promises'
import { type Config, type ConfigText, configPaths, readConfig } from '../config.ts'
import type { Terminal } from './terminal.ts'

/** The configuration of this process, from its environment and both files. */
export async function loadConfig({ env, homeDir }: Pick<Terminal, 'env' | 'homeDir'>): Promise<Config> {
  const paths = configPaths(env, homeDir)
  const [main, agent] = await Promise.all([readText(paths.main), readText(paths.agent)])
  return readConfig(env, { main, agent }, homeDir)
}

async function readText(path: string): Promise<ConfigText> {
  try {
    return { path, text: await readFile(path, 'utf8') }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { path, text: null }
    throw error
  }
}
