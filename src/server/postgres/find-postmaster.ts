import { rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../../errors.ts'
import { isAlive } from './is-alive.ts'
import { isPostmasterOf } from './is-postmaster-of.ts'
import { type PostmasterFile, postmasterFilePath, readPostmasterFile } from './postmaster-file.ts'

/** A process that is killed is out of sight before its sockets are closed. */
const DYING_MS = 1_000

/** The server that runs on a data folder, in whatever state it is, or null. */
export async function findPostmaster(data: string): Promise<PostmasterFile | null> {
  const file = await readPostmasterFile(data)
  return file && (await isPostmasterOf(file.pid, data)) ? file : null
}

/**
 * Removes the postmaster.pid of a server that is gone when its number has become that of another process, which
 * PostgreSQL does not dare. Only for the holder of the start lock, or it could be the file of a new server.
 */
export async function removeStaleFile(data: string): Promise<void> {
  const file = await readPostmasterFile(data)
  if (!file) return
  if (await keepsAnswering(file)) {
    throw new AppError('SERVER_UNAVAILABLE', `A PostgreSQL that this process cannot see serves ${data} already.`, {
      hint: 'Stop Scrum4Me in the other container that shares this folder, or give each a data folder of its own.',
    })
  }
  // The file of a dead process is PostgreSQL's own to judge: it also names the memory that backends may still use.
  if (file.pid === 0 || isAlive(file.pid)) await rm(postmasterFilePath(data), { force: true })
}

/** A socket answers while its server lives, wherever that is, and for a moment more when that is being killed. */
async function keepsAnswering(file: PostmasterFile): Promise<boolean> {
  const deadline = performance.now() + DYING_MS
  while (await answers(file)) {
    if (performance.now() > deadline) return true
    await sleep(50)
  }
  return false
}

async function answers({ socketFolder, port }: PostmasterFile): Promise<boolean> {
  if (!socketFolder) return false
  const socket = connect(join(socketFolder, `.s.PGSQL.${port}`))
  const answer = await new Promise<boolean>(settle => {
    socket.once('connect', () => settle(true)).once('error', () => settle(false))
  })
  socket.destroy()
  return answer
}
