import { repositoryKey } from '../../domain/repository-url.ts'
import type { Queryable } from '../store/database.ts'
import { listSprintScope } from '../store/sprints/sprints.ts'

/** The open work of a sprint in its order, each task with whether it is for another repository than `repoKey`. */
export async function sprintScope(on: Queryable, sprint: { id: string; repoKey: string | null }) {
  const scope = await listSprintScope(on, sprint.id)
  return scope.map(entry => {
    const { repoUrl, productId } = entry.task
    return { ...entry, isElsewhere: repoUrl !== null && repositoryKey(repoUrl, productId) !== sprint.repoKey }
  })
}
