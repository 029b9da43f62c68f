import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'

const SYSTEM = '/var/lib/scrum4me'

/** Root's folder for what an ordinary account must reach: passable for everybody, whatever our umask. */
export async function openSystemFolder(name: 'pg' | 'clusters'): Promise<string> {
  const folder = join(SYSTEM, name)
  await mkdir(folder, { recursive: true })
  await chmod(SYSTEM, 0o755)
  await chmod(folder, 0o755)
  return folder
}
