/**
 * What a host is told, with LEASE_LOST, whose worker another one has taken a claim over from. The claim goes on in the
 * same worktree, so that it knows this answer from all others: it lets go, and touches nothing.
 */
export const HELD_ELSEWHERE =
  'Another connection brought the claim token and goes on with this job: leave its worktree alone, and call wait_for_job.'
