import { z } from 'zod'

const Commands = z.array(z.string().trim().min(1).max(2_000)).max(20)
const Pattern = z
  .string()
  .max(500)
  .regex(/^[^\n\r\0]+$/, 'must be one line')
const Seconds = z.int().min(1)
const Timeouts = z.strictObject({ setup: Seconds.max(840), cleanup: Seconds.max(300), checks: Seconds.max(7_200) })

/** What worktrees need and what proves their work, as `.scrum4me.yml` and a product say it; every key may be left out. */
export const Kit = z
  .strictObject({
    include: z.array(Pattern).max(200),
    setup: Commands,
    cleanup: Commands,
    checks: Commands,
    /** Seconds for each command; a set-up as a whole ends with its offer, after 15 minutes. */
    timeouts: Timeouts.partial(),
    ports: z.int().min(0).max(100),
  })
  .partial()
export type Kit = z.infer<typeof Kit>

/** What holds for one worktree, with nothing left out. */
export const WholeKit = Kit.required().extend({ timeouts: Timeouts })
