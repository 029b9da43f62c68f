import { createInterface } from 'node:readline'
import type { Command, Installation } from './installation.ts'

export interface UpProcess {
  command: Command
  /** Where it serves. */
  url: string
  /** Everything that it said until it was ready. */
  said: string
}

/** Starts `up` and resolves when it has said all that it has to say. */
export async function startUp(installation: Installation): Promise<UpProcess> {
  const command = installation.start('up')
  const lines: string[] = []
  await new Promise<void>((resolve, reject) => {
    createInterface(command.stdout).on('line', line => {
      lines.push(line)
      if (line.startsWith('Then tell the agent')) resolve()
    })
    void command.then(({ stderr }) => reject(new Error(`up has ended: ${stderr}`)))
  })
  const said = lines.join('\n')
  return { command, said, url: /is running at (\S+)\. /.exec(said)?.[1] ?? '' }
}
