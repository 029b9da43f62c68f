import type { TaskContext } from '../../../contract/task-work.ts'
import type { Attached } from '../../flows/attach-worktree.ts'
import { attachedView, present, sprintRefView } from './attached-view.ts'
import { lower } from './words.ts'

/** What an agent must know of one task. */
export function taskContextView(attached: Attached, heartbeatSeconds: number): TaskContext {
  const { job, product, sprint } = attached.work
  const [task, story, pbi] = [present(attached.work.task), present(attached.work.story), present(attached.work.pbi)]
  return {
    ...attachedView(attached, heartbeatSeconds),
    kind: 'TASK_IMPLEMENTATION',
    repo_url: task.repoUrl ?? product.repoUrl,
    task: {
      id: task.id,
      code: task.code,
      title: task.title,
      description: task.description,
      implementation_plan: job.planSnapshot,
      priority: task.priority,
      repo_url: task.repoUrl,
      verify_required: lower(task.verifyRequired),
      verify_only: task.verifyOnly,
    },
    story: {
      id: story.id,
      code: story.code,
      title: story.title,
      description: story.description,
      acceptance_criteria: story.acceptanceCriteria,
    },
    pbi: { id: pbi.id, code: pbi.code, title: pbi.title, priority: pbi.priority, status: lower(pbi.status) },
    sprint: sprint && sprintRefView(sprint),
    branch_suggestion: present(job.branch),
  }
}
