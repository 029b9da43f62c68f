/** One thing that must be so, whether it is, and what is wrong if not. */
export interface Finding {
  what: string
  holds: boolean
  wrong: readonly string[]
}

/** It holds when nothing is wrong. */
export function finding(what: string, wrong: readonly string[]): Finding {
  return { what, holds: wrong.length === 0, wrong }
}
