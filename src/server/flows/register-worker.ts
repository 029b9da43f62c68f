import type { Caller } from '../../domain/permissions.ts'
import { isAtLeast, OLDEST_HOST } from '../../domain/versions.ts'
import { AppError } from '../../errors.ts'
import { insertWorker, recordHost } from '../store/hosts/hosts.ts'
import { inTransaction } from '../store/in-transaction.ts'
import { newId } from '../store/new-id.ts'
import type { Server } from './server-context.ts'

export interface Registration {
  hostId: string
  hostName: string
  version: string
  workerName: string
}

/** Makes a worker known, with the host that it is on; returns the worker's id. A host that is too old is refused. */
export async function registerWorker(server: Server, caller: Caller, registration: Registration): Promise<string> {
  const { hostId, hostName, version, workerName } = registration
  if (!isAtLeast(version, OLDEST_HOST)) throw tooOld(version, server.settings.version)
  const workerId = newId('worker')
  await inTransaction(server.pool, async client => {
    const mine = await recordHost(client, { id: hostId, userId: caller.userId, name: hostName, version })
    if (!mine)
      throw new AppError('PERMISSION_DENIED', 'This data folder belongs to another user’s host.', {
        hint: 'Set SCRUM4ME_DATA_DIR to a folder of your own.',
      })
    await insertWorker(client, {
      id: workerId,
      userId: caller.userId,
      hostId,
      tokenId: caller.tokenId,
      name: workerName,
    })
  })
  return workerId
}

function tooOld(version: string, serverVersion: string): AppError {
  return new AppError('VERSION_MISMATCH', `This host is Scrum4Me ${version}, which is too old for the server.`, {
    hint: `Install the server’s version here: npm install --global scrum4me@${serverVersion}`,
  })
}
