import { typeid } from 'typeid-js'

export type IdPrefix =
  | 'user'
  | 'token'
  | 'product'
  | 'pbi'
  | 'story'
  | 'task'
  | 'sprint'
  | 'run'
  | 'job'
  | 'exec'
  | 'host'
  | 'worker'

/** A new id such as `job_01k…`: sortable by time of making, its last eight characters random and safe in a branch name. */
export function newId(prefix: IdPrefix): string {
  return typeid(prefix).toString()
}
