export interface Claim {
  jobId: string
  claimNo: number
}

/** A row of ports, all of them one job's. */
export interface PortBlock {
  first: number
  count: number
}

/** What commands in a job's worktree are told, so that jobs side by side on one machine do not get in each other's way. */
export function worktreeEnv({ jobId, claimNo }: Claim, ports: PortBlock | null): Record<string, string> {
  const id = jobId
    .slice(-8)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '-')
  // The cleanup of a dead attempt must not end the containers of the next one.
  const name = claimNo === 1 ? `job-${id}` : `job-${id}-${claimNo}`
  return {
    SCRUM4ME_JOB_NAME: name,
    COMPOSE_PROJECT_NAME: name,
    ...(ports && { SCRUM4ME_PORT_BASE: String(ports.first), PORT: String(ports.first) }),
  }
}
