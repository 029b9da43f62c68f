import { defineCommand } from 'citty'
import type { z } from 'zod'
import { ProductChange, type ProductView } from '../../contract/backlog.ts'
import { AppError } from '../../errors.ts'
import { fields, JSON_ARG, print } from '../print.ts'
import type { Terminal } from '../terminal.ts'
import { withApi } from '../with-server.ts'

/** `product set`: what is not named stays as it is, and an empty text takes a value away. */
export function productSetCommand(terminal: Terminal) {
  const text = (description: string, valueHint: string) => ({ type: 'string', description, valueHint }) as const
  return defineCommand({
    meta: { name: 'set', description: 'Change a product; an empty text takes a value away' },
    args: {
      product: { type: 'positional', description: 'The product’s id', required: true },
      name: text('Its name', 'text'),
      'repo-url': text('https, ssh or file URL of its repository, while no job is queued or at work', 'url'),
      'definition-of-done': text('What every task must meet', 'text'),
      model: text('What its agents run on, unless a job says otherwise', 'model'),
      'thinking-budget': text('How many tokens they may think for', 'tokens'),
      'permission-mode': text('What they may do without asking', 'mode'),
      'push-rescues': {
        type: 'boolean',
        description: 'Push work that was not delivered to origin, for whoever may read the repository to see',
        negativeDescription: 'Keep such work on the machine that did it',
      },
      archived: {
        type: 'boolean',
        description: 'Give out none of its jobs, and stop the agents that are at work on one',
        negativeDescription: 'Take it up again',
      },
      ...JSON_ARG,
    },
    run: async ({ args }) => {
      const change = parseChange({
        product_id: args.product,
        name: args.name,
        repo_url: orNull(args['repo-url']),
        definition_of_done: orNull(args['definition-of-done']),
        preferred_model: orNull(args.model),
        thinking_budget_default: args['thinking-budget']
          ? Number(args['thinking-budget'])
          : orNull(args['thinking-budget']),
        preferred_permission_mode: orNull(args['permission-mode']),
        push_rescues: args['push-rescues'],
        archived: args.archived,
      })
      await withApi(terminal, async api => print(terminal, args.json, await api.products.update(change), productLines))
    },
  })
}

function orNull(value: string | undefined): string | null | undefined {
  return value === '' ? null : value
}

function parseChange(change: Record<string, unknown>): z.output<typeof ProductChange> {
  const { product_id: _, ...named } = change
  if (Object.values(named).every(value => value === undefined))
    throw new AppError('VALIDATION_ERROR', 'Nothing to change was named.', {
      hint: 'See `scrum4me product set --help`.',
    })
  const parsed = ProductChange.safeParse(change)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new AppError('VALIDATION_ERROR', `${issue?.path.join('.')}: ${issue?.message}`)
}

function productLines(product: z.output<typeof ProductView>): string[] {
  return fields({
    id: product.id,
    name: product.name,
    repository: product.repo_url,
    'definition of done': product.definition_of_done,
    model: product.preferred_model,
    'thinking budget': product.thinking_budget_default,
    'permission mode': product.preferred_permission_mode,
    'undelivered work': product.push_rescues
      ? 'is pushed to origin; whoever may read the repository can read it'
      : 'stays on the machine that did it',
    archived: product.archived_at,
  })
}
