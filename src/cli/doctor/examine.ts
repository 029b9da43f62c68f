import { fromApi } from '../../host/flows/api-error.ts'
import { masked } from '../files/masked.ts'
import { type Check, type Finding, trouble } from './check.ts'
import type { Patient } from './patient.ts'

export type Diagnosis = Finding & { check: string }

/** Runs all checks side by side; one that fails itself is trouble, too. No finding holds a secret. */
export async function examine(patient: Patient, checks: readonly Check[]): Promise<Diagnosis[]> {
  const findings = checks.map(async check => {
    const found = await check.run(patient).catch((error: unknown) => {
      const { message, hint } = fromApi(error)
      return [trouble(message, hint)]
    })
    return found.map(({ verdict, what, remedy }) => ({
      check: check.name,
      verdict,
      what: masked(what),
      remedy: remedy && masked(remedy),
    }))
  })
  return (await Promise.all(findings)).flat()
}
