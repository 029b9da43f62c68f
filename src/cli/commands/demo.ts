import { rm } from 'node:fs/promises'
import { defineCommand } from 'citty'
import { AppError } from '../../errors.ts'
import { coloursOf } from '../colours.ts'
import { connectionLines } from '../connection-lines.ts'
import { queueWork } from '../demo/backlog.ts'
import { runAgent, startServer, stopServer } from '../demo/processes.ts'
import { type Finding, prove } from '../demo/prove.ts'
import { type Stage, setStage } from '../demo/stage.ts'
import { say, type Terminal } from '../terminal.ts'
import { withApi } from '../with-server.ts'

/** `demo`: an agent does real jobs from end to end, in a throw-away folder, and the bare remote proves it. */
export function demoCommand(terminal: Terminal) {
  return defineCommand({
    meta: { name: 'demo', description: 'Watch an agent do real jobs, in a throw-away folder' },
    args: { keep: { type: 'boolean', description: 'Leave the folder and the server running', default: false } },
    run: async ({ args }) => {
      const stage = await setStage(terminal)
      const step = stepPrinter(terminal)
      step('stage', `a repository with a bare remote, in ${stage.folder}`)
      const server = await startServer(stage).catch(async (error: unknown) => {
        await rm(stage.folder, { recursive: true, force: true })
        throw error
      })
      try {
        step('server', 'up, on a PostgreSQL of its own')
        report(terminal, await play(stage, step))
      } finally {
        if (args.keep) keep(stage, server.pid)
        else await stopServer(server).then(() => rm(stage.folder, { recursive: true, force: true }))
      }
    },
  })
}

type StepPrinter = (who: string, what: string) => void

async function play(stage: Stage, step: StepPrinter): Promise<Finding[]> {
  const work = await withApi(stage.terminal, api => queueWork(api, stage.remoteUrl))
  step('person', 'queued one task, and a sprint run of three')
  const { dim } = coloursOf(stage.terminal)
  await runAgent(stage, ({ step: did, text }) => step('agent', `${did} ${dim(text)}`))
  return withApi(stage.terminal, api => prove(stage, api, work))
}

function report(terminal: Terminal, findings: Finding[]): void {
  say(terminal, '\nWhat the remote and the board say:')
  const { green, red } = coloursOf(terminal)
  for (const { holds, what } of findings) say(terminal, `  ${holds ? green('✓') : red('✗')} ${what}`)
  const wrong = findings.filter(finding => !finding.holds).length
  if (wrong > 0)
    throw new AppError('INTERNAL_ERROR', `${wrong} of ${findings.length} findings are not as they should be.`)
  say(terminal, `\nAll ${findings.length} findings are as they should be.`)
}

function stepPrinter(terminal: Terminal): StepPrinter {
  const { dim, bold } = coloursOf(terminal)
  const started = performance.now()
  return (who, what) => {
    const seconds = ((performance.now() - started) / 1000).toFixed(2)
    say(terminal, `${dim(`${seconds.padStart(6)} s`)}  ${bold(who.padEnd(7))} ${what}`)
  }
}

function keep({ folder, terminal }: Stage, pid: number | undefined): void {
  say(terminal, `\nKept: ${folder}\nThe server runs on as process ${pid}; stop it with: kill ${pid}\n`)
  for (const line of connectionLines(terminal)) say(terminal, line)
}
