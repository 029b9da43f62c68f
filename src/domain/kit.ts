/** What a repository, or its product, says that worktrees need; what it leaves out is for the other to say. */
export interface Kit {
  include?: string[] | undefined
  setup?: string[] | undefined
  cleanup?: string[] | undefined
  checks?: string[] | undefined
  timeouts?: Partial<Record<Step, number | undefined>> | undefined
  ports?: number | undefined
}

/** What holds for one worktree: every key, and the seconds that each command of a step may take. */
export interface WholeKit extends Required<{ [Key in Exclude<keyof Kit, 'timeouts'>]: NonNullable<Kit[Key]> }> {
  timeouts: Record<Step, number>
}

type Step = keyof typeof DEFAULT_TIMEOUTS
const DEFAULT_TIMEOUTS = { setup: 600, cleanup: 60, checks: 900 }

/** Key by key, and time limit by time limit: what the repository says, else what its product says, else a default. */
export function joinKits(repository: Kit, product: Kit): WholeKit {
  const seconds = (step: Step) => repository.timeouts?.[step] ?? product.timeouts?.[step] ?? DEFAULT_TIMEOUTS[step]
  return {
    include: repository.include ?? product.include ?? [],
    setup: repository.setup ?? product.setup ?? [],
    cleanup: repository.cleanup ?? product.cleanup ?? [],
    checks: repository.checks ?? product.checks ?? [],
    timeouts: { setup: seconds('setup'), cleanup: seconds('cleanup'), checks: seconds('checks') },
    ports: repository.ports ?? product.ports ?? 0,
  }
}
