import type { Caller } from '../../domain/permissions.ts'
import { type HostRow, listHosts } from '../store/hosts/list-hosts.ts'
import type { Server } from './server-context.ts'

/** The hosts of the caller's user, with the workers that are there now. */
export async function findHosts(server: Server, caller: Caller): Promise<HostRow[]> {
  return listHosts(server.pool, caller.userId, server.settings.hostAliveSeconds)
}
