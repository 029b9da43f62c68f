import { defineCommand } from 'citty'
import { fields, JSON_ARG, print, table } from '../print.ts'
import type { Terminal } from '../terminal.ts'
import { withApi } from '../with-server.ts'

/** `product create|list`. */
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
    args: JSON_ARG,
    run: ({ args }) =>
      withApi(terminal, async api => {
        print(terminal, args.json, await api.products.list(), products =>
          products.length === 0
            ? ['There is no product yet. Make one: scrum4me product create NAME --repo-url URL']
            : table(
                ['ID', 'NAME', 'REPOSITORY'],
                products.map(({ id, name, repo_url }) => [id, name, repo_url]),
              ),
        )
      }),
  })
  return defineCommand({
    meta: { name: 'product', description: 'Make and list products' },
    subCommands: { create, list },
  })
}
