/** How a command that the kit names as proof of the work ended, on the host of the job. */
export interface CheckResult {
  command: string
  passed: boolean
  seconds: number
  /** The end of what a red one printed; empty for a green one. */
  output: string
}
