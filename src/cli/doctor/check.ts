import type { Patient } from './patient.ts'

/** What one look came to, with what to do about it where there is something to do. */
export interface Finding {
  verdict: 'ok' | 'warning' | 'trouble'
  what: string
  remedy: string | null
}

/** Looks at one thing and changes nothing; what it cannot look at because something else is in trouble, it leaves out. */
export interface Check {
  name: string
  run(patient: Patient): Promise<Finding[]>
}

export function ok(what: string): Finding {
  return { verdict: 'ok', what, remedy: null }
}

/** Work goes on, but perhaps not as it should. */
export function warning(what: string, remedy: string): Finding {
  return { verdict: 'warning', what, remedy }
}

/** Something does not work until it is mended. */
export function trouble(what: string, remedy: string): Finding {
  return { verdict: 'trouble', what, remedy }
}
