import { defineCommand } from 'citty'
import type { TokenView } from '../../contract/token.ts'
import { TOKEN_SCOPES, type TokenScope } from '../../domain/permissions.ts'
import { AppError } from '../../errors.ts'
import { fields, JSON_ARG, print, table } from '../print.ts'
import { say, type Terminal } from '../terminal.ts'
import { withApi } from '../with-server.ts'

/** `token create|list|revoke`. */
export function tokenCommand(terminal: Terminal) {
  const subCommands = { create: createCommand(terminal), list: listCommand(terminal), revoke: revokeCommand(terminal) }
  return defineCommand({ meta: { name: 'token', description: 'Make, list and end tokens' }, subCommands })
}

function createCommand(terminal: Terminal) {
  return defineCommand({
    meta: { name: 'create', description: 'Make a token; it is shown once' },
    args: {
      name: { type: 'string', description: 'What it is for', required: true },
      scopes: { type: 'string', description: 'read, work, author, person', default: 'read,work,author' },
      worker: { type: 'boolean', description: 'For shared machines: claims the jobs of all members', default: false },
      product: { type: 'string', description: 'Only for these products, with commas between', valueHint: 'id' },
      'expires-in-days': { type: 'string', description: 'When it ends by itself' },
      ...JSON_ARG,
    },
    run: ({ args }) =>
      withApi(terminal, async api => {
        const days = args['expires-in-days']
        const made = await api.tokens.create({
          name: args.name,
          scopes: args.worker ? undefined : parseScopes(args.scopes),
          worker: args.worker,
          product_ids: args.product?.split(','),
          expires_in_days: days === undefined ? undefined : Number(days),
        })
        print(terminal, args.json, made, ({ id, name, scopes, token }) =>
          fields({ id, name, scopes: scopes.join(', '), token }),
        )
        if (!args.json) say(terminal, '\nKeep it: only its hash is stored, and it is not shown again.')
      }),
  })
}

function listCommand(terminal: Terminal) {
  return defineCommand({
    meta: { name: 'list', description: 'List your tokens, without their secrets' },
    args: JSON_ARG,
    run: ({ args }) => withApi(terminal, async api => print(terminal, args.json, await api.tokens.list(), tokenTable)),
  })
}

function revokeCommand(terminal: Terminal) {
  return defineCommand({
    meta: { name: 'revoke', description: 'End a token at once' },
    args: { id: { type: 'positional', description: 'The token’s id', required: true }, ...JSON_ARG },
    run: ({ args }) =>
      withApi(terminal, async api => {
        const { revoked } = await api.tokens.revoke({ token_id: args.id })
        print(terminal, args.json, { id: args.id, revoked }, () => [`${args.id} is revoked: nobody gets in with it.`])
      }),
  })
}

function tokenTable(tokens: TokenView[]): string[] {
  return table(
    ['ID', 'NAME', 'SCOPES', 'PRODUCTS', 'STATE'],
    tokens.map(token => [
      token.id,
      token.name,
      token.scopes.join(','),
      token.product_ids?.join(',') ?? 'all',
      stateOf(token),
    ]),
  )
}

function stateOf({ revoked_at, expires_at }: TokenView): string {
  if (revoked_at) return `revoked ${day(revoked_at)}`
  if (!expires_at) return 'good'
  return Date.parse(expires_at) <= Date.now() ? `expired ${day(expires_at)}` : `good until ${day(expires_at)}`
}

function day(instant: string): string {
  return instant.slice(0, 10)
}

function parseScopes(list: string): TokenScope[] {
  return list.split(',').map(word => {
    const scope = TOKEN_SCOPES.find(known => known === word.trim())
    if (scope) return scope
    throw new AppError('VALIDATION_ERROR', `There is no scope "${word}".`, {
      hint: `Scopes: ${TOKEN_SCOPES.join(', ')}.`,
    })
  })
}
