import { defineCommand } from 'citty'
import { coloursOf } from '../colours.ts'
import type { Finding } from '../doctor/check.ts'
import { CHECKS } from '../doctor/checks/index.ts'
import { type Diagnosis, examine } from '../doctor/examine.ts'
import { withPatient } from '../doctor/patient.ts'
import { ExitStatus, INTERRUPTED } from '../exit-status.ts'
import { JSON_ARG, print } from '../print.ts'
import type { Terminal } from '../terminal.ts'

/** `doctor`: looks at everything that can be wrong on this machine, and changes nothing. */
export function doctorCommand(terminal: Terminal) {
  return defineCommand({
    meta: { name: 'doctor', description: 'Look for what is wrong on this machine, and what to do about it' },
    args: {
      push: {
        type: 'boolean',
        description: 'Ask each origin whether it lets us push',
        negativeDescription: 'Ask no origin',
        default: true,
      },
      ...JSON_ARG,
    },
    run: async ({ args }) => {
      const diagnoses = await withPatient(terminal, args.push, patient => examine(patient, CHECKS))
      if (terminal.signal.aborted) throw new ExitStatus(INTERRUPTED)
      print(terminal, args.json, diagnoses, found => report(found, coloursOf(terminal)))
      if (diagnoses.some(({ verdict }) => verdict === 'trouble')) throw new ExitStatus(1)
    },
  })
}

function report(diagnoses: readonly Diagnosis[], { green, yellow, red }: ReturnType<typeof coloursOf>): string[] {
  const signs: Record<Finding['verdict'], string> = { ok: green('✓'), warning: yellow('!'), trouble: red('✗') }
  const width = Math.max(...diagnoses.map(({ check }) => check.length))
  const lines = diagnoses.flatMap(({ check, verdict, what, remedy }) => [
    `${signs[verdict]} ${check.padEnd(width)}  ${what}`,
    ...(remedy ? [`  ${' '.repeat(width)}  → ${remedy}`] : []),
  ])
  return [...lines, '', summary(diagnoses)]
}

function summary(diagnoses: readonly Diagnosis[]): string {
  const count = (verdict: Finding['verdict']) => diagnoses.filter(one => one.verdict === verdict).length
  const [troubles, warnings] = [count('trouble'), count('warning')]
  if (troubles + warnings === 0) return 'All is well.'
  const words = [troubles && `${troubles} in trouble`, warnings && `${warnings} to look at`]
  return `${words.filter(Boolean).join(', ')}.`
}
