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
