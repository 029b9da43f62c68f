/** The part of a type-prefixed id that is random: its last eight characters, safe in a branch name. */
export function idTail(id: string): string {
  return id.slice(-8)
}

/** The branch of a run under PR strategy SPRINT: one line for all its tasks. */
export function sprintBranch(sprintRunId: string): string {
  return `feat/sprint-${idTail(sprintRunId)}`
}

/** The branch of a story: of its tasks without a run, which therefore follow one another. */
export function storyBranch(storyId: string): string {
  return `feat/story-${idTail(storyId)}`
}

/** The branch of the n-th line of a story or a run: the first has the plain name, later ones append `-2`, `-3`. */
export function lineBranch(base: string, number: number): string {
  return number === 1 ? base : `${base}-${number}`
}

/** The plain name that a line's branch was made from; the branch itself when we did not make it. */
export function lineBase(branch: string): string {
  return /^(feat\/(?:story|sprint)-[^-]{8})-\d+$/.exec(branch)?.[1] ?? branch
}
