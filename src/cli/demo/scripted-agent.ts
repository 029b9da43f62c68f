/**
 * A plain MCP client that does jobs without thinking: it writes what the plan spells out. It stands for any agent, so it
 * imports nothing of this project. Arguments: the command that serves MCP over stdio. Each step is a JSON line on stdout.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { z } from 'zod'

const Job = z.object({
  status: z.literal('claimed'),
  job_id: z.string(),
  worktree_path: z.string(),
  branch_name: z.string(),
  task: z.object({ code: z.string(), title: z.string(), implementation_plan: z.string() }),
})
const Answer = z.union([Job, z.object({ status: z.literal('timeout') })])
const Verdict = z.object({ result: z.string(), reasoning: z.string() })
const Report = z.object({ status: z.string(), head_sha: z.string().nullable(), next_action: z.string() })

const [command = '', ...args] = process.argv.slice(2)
const client = new Client({ name: 'scripted-agent', version: '1.0.0' })
await client.connect(new StdioClientTransport({ command, args, env: environment(), stderr: 'inherit' }))
tell('connected', `${(await client.listTools()).tools.length} tools`)

for (;;) {
  const answer = await call('wait_for_job', { wait_seconds: 30 }, Answer)
  if (answer.status === 'timeout') break
  tell('claimed', `${answer.task.code} ${answer.task.title}`, answer.job_id)
  const { next_action } = await work(answer)
  if (next_action === 'queue_empty') break
}
await client.close()

async function work({ job_id, worktree_path, branch_name, task }: z.infer<typeof Job>) {
  await call('update_job_status', { job_id, status: 'running' }, z.object({ status: z.string() }))
  const written = writePlan(worktree_path, task.implementation_plan)
  git(worktree_path, 'add', '--', ...written)
  git(worktree_path, 'commit', '--quiet', '-m', `${task.code}: ${task.title}`)
  tell('committed', `${written.join(', ')} on ${branch_name}`, job_id)

  const verdict = await call('verify_task_against_plan', { job_id }, Verdict)
  tell('verified', `${verdict.result}: ${verdict.reasoning}`, job_id)

  const summary = `Wrote ${written.join(', ')} as the plan says.`
  const report = await call('update_job_status', { job_id, status: 'done', summary }, Report)
  tell('delivered', `${report.status}, ${report.head_sha?.slice(0, 7)} pushed to ${branch_name}`, job_id)
  return report
}

/** Writes each file that the plan names in back-ticks with a code block after it; returns their paths. */
function writePlan(worktree: string, plan: string): string[] {
  const files = [...plan.matchAll(/`([^`\n]+)`[^\n]*\n+```\w*\n([\s\S]*?)```/g)]
  return files.map(([, path = '', content = '']) => {
    const file = join(worktree, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
    return path
  })
}

async function call<Schema extends z.ZodType>(name: string, input: Record<string, unknown>, schema: Schema) {
  const result = await client.callTool(
    { name, arguments: input },
    { onprogress: () => undefined, resetTimeoutOnProgress: true },
  )
  if (result.isError) throw new Error(`${name}: ${JSON.stringify(result.content)}`)
  return schema.parse(result.structuredContent)
}

function git(cwd: string, ...gitArgs: string[]): void {
  execFileSync('git', gitArgs, { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
}

function tell(step: string, text: string, jobId?: string): void {
  process.stdout.write(`${JSON.stringify({ step, text, job_id: jobId })}\n`)
}

function environment(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value ? [[name, value]] : [])))
}
