import { GitFailure } from '../../../host/git/git-failure.ts'
import { type Check, ok, trouble, warning } from '../check.ts'
import type { Patient } from '../patient.ts'

const FLOOR = [2, 33] as const

export const git: Check = {
  name: 'git',
  run: async patient => {
    const version = await readVersion(patient)
    if (version === null) return [trouble('There is no git on this machine.', 'Install git; it must be on the PATH.')]
    const [major = 0, minor = 0] = version.split('.').map(Number)
    const isNewEnough = major > FLOOR[0] || (major === FLOOR[0] && minor >= FLOOR[1])
    if (!isNewEnough) return [trouble(`git ${version} is too old.`, `Install git ${FLOOR.join('.')} or newer.`)]
    return [ok(`git ${version}`), await identity(patient)]
  },
}

async function readVersion({ git, terminal }: Patient): Promise<string | null> {
  try {
    const { stdout } = await git.run(terminal.homeDir, ['--version'])
    return /\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? '0'
  } catch (error) {
    if (error instanceof GitFailure && error.kind === 'start') return null
    throw error
  }
}

async function identity({ git, terminal }: Patient) {
  const read = async (key: string) =>
    (await git.run(terminal.homeDir, ['config', '--get', key], { okExitCodes: [0, 1] })).stdout.trim()
  const [name, email] = await Promise.all([read('user.name'), read('user.email')])
  if (name && email) return ok(`Commits are made as ${name} <${email}>.`)
  return warning(
    'There is no git identity here; agents commit as "Scrum4Me agent".',
    'If that is not what you want: git config --global user.name "…", and user.email.',
  )
}
