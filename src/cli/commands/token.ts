import { defineCommand } from 'citty'
import { TOKEN_SCOPES, type TokenScope } from '../../domain/permissions.ts'
import { AppError } from '../../errors.ts'
import { fields, JSON_ARG, print } from '../print.ts'
import { say, type Terminal } from '../terminal.ts'
import { withApi } from '../with-server.ts'

/** `token create`. */
export function tokenCommand(terminal: Terminal) {
  const create = defineCommand({
    meta: { name: 'create', description: 'Make a token; it is shown once' },
    args: {
      name: { type: 'string', description: 'What it is for', required: true },
      scopes: { type: 'string', description: 'read, work, author, person', default: 'read,work,author' },
      product: { type: 'string', description: 'Only for these products, with commas between', valueHint: 'id' },
      'expires-in-days': { type: 'string', description: 'When it ends by itself' },
      ...JSON_ARG,
    },
    run: ({ args }) =>
      withApi(terminal, async api => {
        const days = args['expires-in-days']
        const made = await api.tokens.create({
          name: args.name,
          scopes: parseScopes(args.scopes),
          product_ids: args.product?.split(','),
          expires_in_days: days === undefined ? undefined : Number(days),
        })
        print(terminal, args.json, made, ({ id, name, scopes, token }) =>
          fields({ id, name, scopes: scopes.join(', '), token }),
        )
        if (!args.json) say(terminal, '\nKeep it: only its hash is stored, and it is not shown again.')
      }),
  })
  return defineCommand({ meta: { name: 'token', description: 'Make tokens' }, subCommands: { create } })
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
