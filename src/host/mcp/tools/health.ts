import { z } from 'zod'
import { Id } from '../../../contract/fields.ts'
import { defineTool, READS } from '../define-tool.ts'

export const health = defineTool({
  name: 'health',
  title: 'Is everything there?',
  description: 'Says whether server and database answer, for whom you work, and which versions are at both ends.',
  input: z.object({}),
  output: z.object({
    status: z.literal('ok'),
    server_version: z.string(),
    host_version: z.string(),
    host_id: Id,
    database: z.string(),
    user: z.object({ id: Id, name: z.string() }),
    worktrees_dir: z.string(),
  }),
  scope: 'read',
  annotations: READS,
  run: async (_input, { host }) => {
    const { version, database, user } = await host.api.system.health()
    const here = { host_version: host.version, host_id: host.hostId, worktrees_dir: host.worktreesDir }
    return { status: 'ok' as const, server_version: version, database, user, ...here }
  },
})
