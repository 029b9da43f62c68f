import { AppError } from '../../errors.ts'
import { ExitStatus } from '../exit-status.ts'
import { say, type Terminal } from '../terminal.ts'

/** Asks the person for a change that was shown; returns only when it is to be made. */
export async function agree(terminal: Terminal, yes: boolean, question: string): Promise<void> {
  if (yes) return
  const { stdin, stdout, signal, isInteractive } = terminal
  const hasKeyboard = 'isTTY' in stdin && stdin.isTTY === true
  if (!isInteractive || !hasKeyboard)
    throw new AppError('VALIDATION_ERROR', 'Nothing was changed: there is nobody to ask.', {
      hint: 'Say --yes to have it changed without a question.',
    })
  const { confirm } = await import('@clack/prompts')
  if ((await confirm({ message: question, input: stdin, output: stdout, signal })) === true) return
  say(terminal, 'Nothing was changed.')
  throw new ExitStatus(1)
}
