import { rm } from 'node:fs/promises'
import { readOptions, replayLine } from './options.ts'
import { reportFindings, reportTotals } from './report.ts'
import { runSoak } from './run-soak.ts'
import { killAll } from './stage/processes.ts'
import { openSoak } from './stage/soak.ts'

const say = (line: string) => void process.stdout.write(`${line}\n`)
const options = readOptions(process.env)
say(`Soak: ${options.hosts} hosts, ${options.jobs} jobs, kills for ${options.killMs / 1000} s. Seed ${options.seed}.`)

const soak = await openSoak(options)
say(`Folder: ${soak.folder}`)
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.once(name, () => void killAll(soak.folder).finally(() => process.exit(130)))

let wrong = 1
try {
  const { findings, counts } = await runSoak(soak, say)
  reportTotals(soak, counts, say)
  wrong = reportFindings(findings, say)
} finally {
  soak.over.abort()
  await killAll(soak.folder)
  if (wrong > 0) say(`\nThe folder is kept. The same decisions again: ${replayLine(options)}`)
  else if (!options.keep) await rm(soak.folder, { recursive: true, force: true, maxRetries: 5 })
}
if (wrong > 0) say(`${wrong} findings are not as they should be.`)
else say('\nAll findings are as they should be.')
process.exit(wrong > 0 ? 1 : 0)
