import type { HostView } from '../../contract/host.ts'
import { connectionLines } from '../connection-lines.ts'
import type { Terminal } from '../terminal.ts'

/** How to start an agent, when none holds a job or has asked for one lately; nothing otherwise. */
export function absentAgentLines(terminal: Terminal, hosts: readonly HostView[]): string[] {
  if (hosts.some(({ workers }) => workers.length > 0)) return []
  return ['No agent has asked for work in the last minutes; the job waits for one.', ...connectionLines(terminal)]
}
