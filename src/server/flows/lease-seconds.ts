import type { Server } from './server-context.ts'

/** How long a lease is granted: the server's usual time, or as long as the agent announced that it may be silent. */
export function leaseSecondsFor(server: Server, silentSeconds: number | null): number {
  return Math.max(server.settings.leaseSeconds, silentSeconds ?? 0)
}
