import type { Usage } from '../../contract/fields.ts'

/** How an agent says that its job ended. */
export interface Report {
  status: 'done' | 'failed' | 'skipped'
  summary?: string | undefined
  error?: string | undefined
  usage?: Usage | undefined
}
