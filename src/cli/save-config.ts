import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ConfigFile } from '../config.ts'
import { parseJsonFile } from '../parse-json-file.ts'

/** Changes keys of the configuration file, whole or not at all, readable by its owner only. */
export async function saveConfig(path: string, change: ConfigFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const present = parseJsonFile({ path, text: await readFile(path, 'utf8').catch(() => null) }, ConfigFile)
  const draft = `${path}.${process.pid}`
  await writeFile(draft, `${JSON.stringify({ ...present, ...change }, null, 2)}\n`, { mode: 0o600 })
  await rename(draft, path)
}
