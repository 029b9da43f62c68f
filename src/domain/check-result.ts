/** How a command that the repository names as proof of its work ended, on the host of the job. */
export interface CheckResult {
  command: string
  passed: boolean
  seconds: number
  /** The end of what a red one printed; empty for a green one. */
  output: string
}
