import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { z } from 'zod'
import { first } from './backlog.ts'
import { makeFolder } from './folder.ts'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const Packed = z.array(
  z.object({ filename: z.string(), files: z.array(z.object({ path: z.string(), mode: z.number() })) }),
)

/** Makes the package as it would be published; its path, and what is in it. */
export async function pack() {
  const folder = await makeFolder()
  const { stdout } = await execa('npm', ['pack', '--json', '--pack-destination', folder], { cwd: ROOT })
  const { filename, files } = first(Packed.parse(JSON.parse(stdout)))
  return { path: join(folder, filename), files }
}
