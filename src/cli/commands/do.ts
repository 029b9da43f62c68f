import { defineCommand } from 'citty'
import type { Config, Environment } from '../../config.ts'
import type { ApiClient } from '../../contract/client.ts'
import { redactUrl } from '../../domain/repository-url.ts'
import { AppError } from '../../errors.ts'
import { createGit } from '../../host/git/git.ts'
import { absentAgentLines } from '../do/absent-agent.ts'
import { findClone } from '../do/find-clone.ts'
import { findProduct, type Product, pickProduct } from '../do/find-product.ts'
import { nameRoot } from '../do/name-root.ts'
import { queueRequest } from '../do/queue-request.ts'
import { readNamedFile } from '../files/read-named-file.ts'
import { loadConfig } from '../load-config.ts'
import { JSON_ARG } from '../print.ts'
import { say, type Terminal } from '../terminal.ts'
import { watchJob } from '../watch-job.ts'
import { withApi } from '../with-server.ts'

const PLAN = { what: 'The plan', hint: 'Give --plan the path of a text file.' }

/** `do`: from a wish in a clone to a job that an agent takes, followed until its end. */
export function doCommand(terminal: Terminal) {
  return defineCommand({
    meta: { name: 'do', description: 'Ask for a piece of work in the clone that you are in' },
    args: {
      request: { type: 'positional', description: 'What is to be done', required: true },
      plan: { type: 'string', description: 'A file with the plan to follow, in Markdown', valueHint: 'file' },
      product: { type: 'string', description: 'For this product, wherever you are', valueHint: 'id' },
      detach: { type: 'boolean', description: 'Queue it and do not wait for its end', default: false },
      ...JSON_ARG,
    },
    run: async ({ args }) => {
      const request = {
        text: textOf(args._),
        plan: args.plan === undefined ? null : await readNamedFile(args.plan, PLAN),
      }
      const config = { ...(await loadConfig(terminal)), env: terminal.env }
      await withApi(terminal, async api => {
        // Programs read stdout; what is only good to know goes past it then.
        const tell = (line: string) => (args.json ? terminal.stderr.write(`${line}\n`) : say(terminal, line))
        const { product, root } = await findPlace(terminal, api, config, args.product, tell)
        const { story, task, job } = await queueRequest(api, product.id, request, async () => {
          if (root !== null) await nameRoot(config, product.id, root, tell)
        })
        const ids = { product_id: product.id, story_id: story.id, task_id: task.id, job_id: job.job_id }
        if (args.json) say(terminal, JSON.stringify({ ...ids, branch: job.branch }))
        else say(terminal, `Queued ${task.code} as ${job.job_id}.`)
        for (const line of absentAgentLines(terminal, await api.hosts.list())) tell(line)
        if (!args.detach) await watchJob(terminal, api, job.job_id, args.json)
      })
    },
  })
}

async function findPlace(
  terminal: Terminal,
  api: ApiClient,
  config: Config & { env: Environment },
  productId: string | undefined,
  tell: (line: string) => void,
): Promise<{ product: Product; root: string | null }> {
  if (productId !== undefined) return { product: await pickProduct(api, productId), root: null }
  const clone = await findClone(createGit({ env: terminal.env }), terminal.signal)
  const { product, isNew } = await findProduct(api, config, clone)
  const place = product.repo_url === null ? clone.root : redactUrl(product.repo_url)
  tell(`${isNew ? 'Made the product' : 'Product'} ${product.name} (${product.id}), ${place}.`)
  return { product, root: clone.root }
}

/** Words without quotes around them are one wish, too. */
function textOf(words: readonly string[]): string {
  const text = words.join(' ').trim()
  if (text !== '') return text
  throw new AppError('VALIDATION_ERROR', 'There is nothing to do.', {
    hint: 'Say it in a sentence: scrum4me do "fix the greeting in hello.js".',
  })
}
