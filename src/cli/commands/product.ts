import { defineCommand } from 'citty'
import { stringify } from 'yaml'
import type { ApiClient } from '../../contract/client.ts'
import { parseKit } from '../../host/kit/parse-kit.ts'
import { readNamedFile } from '../files/read-named-file.ts'
import { fields, JSON_ARG, print, table } from '../print.ts'
import type { Terminal } from '../terminal.ts'
import { withApi } from '../with-server.ts'
import { productSetCommand } from './product-set.ts'

/** `product create|list|set|kit`. */
export function productCommand(terminal: Terminal) {
  const create = defineCommand({
    meta: { name: 'create', description: 'Make a product' },
    args: {
      name: { type: 'positional', description: 'Its name', required: true },
      'repo-url': { type: 'string', description: 'https, ssh or file URL of its repository', valueHint: 'url' },
      'definition-of-done': { type: 'string', description: 'What every task must meet', valueHint: 'text' },
      ...JSON_ARG,
    },
    run: ({ args }) =>
      withApi(terminal, async api => {
        const product = await api.products.create({
          name: args.name,
          repo_url: args['repo-url'],
          definition_of_done: args['definition-of-done'],
        })
        print(terminal, args.json, product, ({ id, name, repo_url }) => fields({ id, name, repository: repo_url }))
      }),
  })
  const list = defineCommand({
    meta: { name: 'list', description: 'List your products' },
    args: { archived: { type: 'boolean', description: 'Those that are archived', default: false }, ...JSON_ARG },
    run: ({ args: { archived, json } }) =>
      withApi(terminal, async api => {
        print(terminal, json, await api.products.list({ archived }), products =>
          products.length === 0
            ? [archived ? 'No product is archived.' : NO_PRODUCT]
            : table(
                ['ID', 'NAME', 'REPOSITORY'],
                products.map(({ id, name, repo_url }) => [id, name, repo_url]),
              ),
        )
      }),
  })
  return defineCommand({
    meta: { name: 'product', description: 'Make, list and set up products, and say what their worktrees need' },
    subCommands: { create, list, set: productSetCommand(terminal), kit: kitCommand(terminal) },
  })
}

function kitCommand(terminal: Terminal) {
  return defineCommand({
    meta: { name: 'kit', description: 'Show what a product’s worktrees need, or set it' },
    args: {
      product: { type: 'positional', description: 'The product’s id', required: true },
      file: {
        type: 'string',
        description: 'Set it to what this file says, in YAML; an empty one clears it',
        valueHint: 'file',
      },
      ...JSON_ARG,
    },
    run: async ({ args }) => {
      const kit = args.file === undefined ? null : parseKit({ name: args.file }, await readNamedFile(args.file, KIT))
      await withApi(terminal, async api => {
        const product_id = args.product
        const answer = await (kit ? api.products.setKit({ product_id, kit }) : api.products.getKit({ product_id }))
        print(terminal, args.json, answer, kitLines)
      })
    },
  })
}

const NO_PRODUCT = 'There is no product yet. Make one: scrum4me product create NAME --repo-url URL'

const KIT = { what: 'The kit', hint: 'Give --file the path of a file such as .scrum4me.yml.' }

/** As a file that can be edited and given back. */
function kitLines({ kit }: Awaited<ReturnType<ApiClient['products']['getKit']>>): string[] {
  if (Object.keys(kit).length === 0)
    return ['# Nothing: only .scrum4me.yml of the repository says what its worktrees need.']
  return stringify(kit, { lineWidth: 0 }).trimEnd().split('\n')
}
