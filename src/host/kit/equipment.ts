import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { WholeKit } from '../../contract/kit.ts'
import { AppError } from '../../errors.ts'
import { withFileLock } from '../../file-lock.ts'
import { checkClaim, isMissing, isThere } from '../git/worktree-path.ts'
import { findPorts } from './find-ports.ts'
import { type Claim, worktreeEnv } from './worktree-env.ts'

/** What one worktree was given, kept in the data folder for as long as it stands. */
const EquipmentFile = z.strictObject({
  path: z.string(),
  /** As it was said when the worktree was made. */
  kit: WholeKit,
  env: z.record(z.string(), z.string()),
  ports: z.strictObject({ first: z.int(), count: z.int() }).nullable(),
})
export type Equipment = z.infer<typeof EquipmentFile>

const LIMIT_MS = 60_000

/** Gives a worktree its environment, and so many ports that no other worktree of this data folder has. */
export async function giveEquipment(
  dataDir: string,
  claim: Claim,
  wish: Pick<Equipment, 'path' | 'kit'>,
  signal?: AbortSignal,
): Promise<Equipment> {
  const count = wish.kit.ports
  const give = async () => {
    const ports = count === 0 ? null : await findPorts(count, await listPorts(dataDir))
    const equipment = { ...wish, env: worktreeEnv(claim, ports), ports }
    await write(dataDir, claim, equipment)
    return equipment
  }
  return count === 0 ? give() : alone(dataDir, give, signal)
}

/** What a worktree was given; null when nothing is known of it. */
export async function readEquipment(dataDir: string, claim: Claim): Promise<Equipment | null> {
  return parse(await readWhenThere(fileOf(dataDir, claim)))
}

/** Forgets a worktree that is gone; its ports are free again. */
export async function dropEquipment(dataDir: string, claim: Claim): Promise<void> {
  await rm(fileOf(dataDir, claim), { force: true })
}

/**
 * Forgets what worktrees were given that are gone, because a process was killed between the one and the other; none is
 * given anything before it stands.
 */
export async function dropVacantEquipment(dataDir: string): Promise<void> {
  await listStanding(dataDir)
}

async function listPorts(dataDir: string) {
  return (await listStanding(dataDir)).flatMap(({ ports }) => ports ?? [])
}

async function listStanding(dataDir: string): Promise<Equipment[]> {
  const folder = folderOf(dataDir)
  await mkdir(folder, { recursive: true })
  const standing: Equipment[] = []
  for (const name of await readdir(folder)) {
    const equipment = parse(await readWhenThere(join(folder, name)))
    if (!equipment) continue
    if (await isThere(equipment.path)) standing.push(equipment)
    else await rm(join(folder, name), { force: true })
  }
  return standing
}

async function alone<T>(dataDir: string, work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const lock = join(dataDir, 'locks', 'ports')
  await mkdir(join(dataDir, 'locks'), { recursive: true })
  const tooLong = () =>
    new AppError('SETUP_FAILED', 'Another process has been looking for free ports for long.', {
      hint: `Wait for it or end it; if there is none, delete ${lock}.`,
    })
  return withFileLock(lock, { limitMs: LIMIT_MS, signal, tooLong }, work)
}

/** Whole or not at all: others read it meanwhile. */
async function write(dataDir: string, claim: Claim, equipment: Equipment): Promise<void> {
  const file = fileOf(dataDir, claim)
  await mkdir(folderOf(dataDir), { recursive: true })
  await writeFile(`${file}.new`, JSON.stringify(equipment), { mode: 0o600 })
  await rename(`${file}.new`, file)
}

/** What cannot be read is nothing that we wrote. */
function parse(text: string | null): Equipment | null {
  try {
    return text === null ? null : EquipmentFile.parse(JSON.parse(text))
  } catch (cause) {
    if (cause instanceof z.ZodError || cause instanceof SyntaxError) return null
    throw cause
  }
}

async function readWhenThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    if (isMissing(cause)) return null
    throw cause
  }
}

function folderOf(dataDir: string): string {
  return join(dataDir, 'equipment')
}

function fileOf(dataDir: string, { jobId, claimNo }: Claim): string {
  checkClaim(jobId, claimNo)
  return join(folderOf(dataDir), `${jobId}-${claimNo}.json`)
}
