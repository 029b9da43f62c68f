import type { HostView } from '../../../contract/host.ts'
import type { HostRow } from '../../store/hosts/list-hosts.ts'
import { iso } from './words.ts'

export function hostView(host: HostRow): HostView {
  return {
    id: host.id,
    name: host.name,
    version: host.version,
    last_seen_at: iso(host.lastSeenAt),
    workers: host.workers.map(({ id, name, lastSeenAt, jobId }) => ({
      id,
      name,
      last_seen_at: iso(lastSeenAt),
      job_id: jobId,
    })),
  }
}
