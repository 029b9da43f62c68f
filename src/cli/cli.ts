import { stripVTControlCharacters } from 'node:util'
import { defineCommand, renderUsage, runCommand } from 'citty'
import { checkOptions } from './check-options.ts'
import { ExitStatus } from './exit-status.ts'
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
  const wantsHelp = args.length === 0 || args.includes('--help') || args.includes('-h')
  if (command.subCommands || wantsHelp) {
    const usage = await renderUsage(command, parent)
    if (wantsHelp) say(terminal, terminal.isInteractive ? usage : stripVTControlCharacters(usage))
    else terminal.stderr.write(`There is no command "${args.join(' ')}".\n\n${stripVTControlCharacters(usage)}\n`)
    return wantsHelp ? 0 : 1
  }
  try {
    await checkOptions(command, args)
    await runCommand(root, { rawArgs: [...args] })
    return 0
  } catch (error) {
    if (error instanceof ExitStatus) return error.status
    const { message, hint, status } = failureOf(error)
    terminal.stderr.write(`${message}\n${hint}\n`)
    return status
  }
}

/** Each command brings its part of the program along when it is wanted: loading all of it takes half a second. */
function rootCommand(terminal: Terminal) {
  return defineCommand({
    meta: { name: 'scrum4me', version: terminal.version, description: 'Hands coding work to AI agents' },
    subCommands: {
      up: async () => (await import('./commands/up.ts')).upCommand(terminal),
      mcp: async () => (await import('./commands/mcp.ts')).mcpCommand(terminal),
      demo: async () => (await import('./commands/demo.ts')).demoCommand(terminal),
      do: async () => (await import('./commands/do.ts')).doCommand(terminal),
      connect: async () => (await import('./commands/connect.ts')).connectCommand(terminal),
      doctor: async () => (await import('./commands/doctor.ts')).doctorCommand(terminal),
      product: async () => (await import('./commands/product.ts')).productCommand(terminal),
      job: async () => (await import('./commands/job.ts')).jobCommand(terminal),
      run: async () => (await import('./commands/run.ts')).runCommandOf(terminal),
      backup: async () => (await import('./commands/backup.ts')).backupCommand(terminal),
      worktree: async () => (await import('./commands/worktree.ts')).worktreeCommand(terminal),
      rescue: async () => (await import('./commands/rescue.ts')).rescueCommand(terminal),
      token: async () => (await import('./commands/token.ts')).tokenCommand(terminal),
    },
  })
}
