import { stripVTControlCharacters } from 'node:util'
import { defineCommand, renderUsage, runCommand } from 'citty'
import { demoCommand } from './commands/demo.ts'
import { jobCommand } from './commands/job.ts'
import { mcpCommand } from './commands/mcp.ts'
import { productCommand } from './commands/product.ts'
import { tokenCommand } from './commands/token.ts'
import { upCommand } from './commands/up.ts'
import { failureOf } from './failure.ts'
import { findUsage } from './find-usage.ts'
import { say, type Terminal } from './terminal.ts'

/** Runs the command line; returns the exit status. */
export async function runCli(terminal: Terminal, args: readonly string[]): Promise<number> {
  const root = rootCommand(terminal)
  if (args.includes('--version')) {
    say(terminal, terminal.version)
    return 0
  }
  const [command, parent] = await findUsage(root, args)
  if (command.subCommands || args.includes('--help') || args.includes('-h')) {
    const usage = await renderUsage(command, parent)
    say(terminal, terminal.isInteractive ? usage : stripVTControlCharacters(usage))
    if (args.length === 0 || args.includes('--help') || args.includes('-h')) return 0
    terminal.stderr.write(`There is no command "${args.join(' ')}".\n`)
    return 1
  }
  try {
    await runCommand(root, { rawArgs: [...args] })
    return 0
  } catch (error) {
    const { message, hint, status } = failureOf(error)
    terminal.stderr.write(`${message}\n${hint}\n`)
    return status
  }
}

function rootCommand(terminal: Terminal) {
  return defineCommand({
    meta: { name: 'scrum4me', version: terminal.version, description: 'Hands coding work to AI agents' },
    subCommands: {
      up: upCommand(terminal),
      mcp: mcpCommand(terminal),
      demo: demoCommand(terminal),
      product: productCommand(terminal),
      job: jobCommand(terminal),
      token: tokenCommand(terminal),
    },
  })
}
