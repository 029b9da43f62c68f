import pc from 'picocolors'
import type { Terminal } from './terminal.ts'

/** Colours for a person at a terminal who has not set NO_COLOR; plain text for everybody else. */
export function coloursOf({ isInteractive, env }: Pick<Terminal, 'isInteractive' | 'env'>) {
  return pc.createColors(isInteractive && !env.NO_COLOR)
}
