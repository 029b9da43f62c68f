/** Ends a command that has told its reader everything already, with an exit status of its own. */
export class ExitStatus extends Error {
  readonly status: number

  constructor(status: number) {
    super(`The command ended with status ${status}.`)
    this.status = status
  }
}

/** As a shell says it of a command that Ctrl-C ended. */
export const INTERRUPTED = 130
