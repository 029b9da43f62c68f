/** Where work is kept that is on no branch of origin: `<this>/<job>/<claim_no>`. */
export const RESCUE_REFS = 'refs/scrum4me/rescue'
/** What origin is known to have of it, under the same names. */
export const ORIGIN_MARKS = 'refs/scrum4me/origin'

const RESCUE_REF = /^refs\/scrum4me\/rescue\/(?<jobId>[\w-]+)\/(?<claimNo>\d+)(?:-\d+)?$/

/** The claim whose work a ref keeps; null for what is no rescue ref. */
export function claimOfRescue(ref: string): { jobId: string; claimNo: number } | null {
  const { jobId, claimNo } = RESCUE_REF.exec(ref)?.groups ?? {}
  return jobId && claimNo ? { jobId, claimNo: Number(claimNo) } : null
}

/** Whether a ref keeps work of that claim. */
export function isRescueOf(ref: string, { jobId, claimNo }: { jobId: string; claimNo: number }): boolean {
  const claim = claimOfRescue(ref)
  return claim?.jobId === jobId && claim.claimNo === claimNo
}

/** The ref that says which commit origin has under the name of a rescue ref. */
export function originMark(rescueRef: string): string {
  return ORIGIN_MARKS + rescueRef.slice(RESCUE_REFS.length)
}
