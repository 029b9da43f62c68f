import { expect, test } from 'vitest'
import { z } from 'zod'
import { TokenView } from '../../src/contract/token.ts'
import { first } from '../support/backlog.ts'
import { installFor, openStage } from '../support/stage.ts'

const stage = await openStage()

test('H54 token list names every token of its user, and neither a secret nor a hash', async () => {
  const { run, api, token } = await installFor(stage)
  const product = await api.products.create({ name: 'Shop' })
  const ci = await api.tokens.create({ name: 'ci', product_ids: [product.id], expires_in_days: 30 })
  const [text, json] = await Promise.all([run('token', 'list'), run('token', 'list', '--json')])
  expect(text.stdout.split('\n')).toEqual([
    expect.stringMatching(/^ID +NAME +SCOPES +PRODUCTS +STATE$/),
    expect.stringMatching(/^token_\S+ +test +read,work,author,person +all +good$/),
    expect.stringMatching(
      new RegExp(`^${ci.id} +ci +read,work,author +${product.id} +good until \\d{4}-\\d\\d-\\d\\d$`),
    ),
  ])
  const tokens = z.array(TokenView.strict()).parse(JSON.parse(json.stdout))
  expect(tokens).toEqual(await api.tokens.list())
  expect(tokens.map(({ name, revoked_at }) => [name, revoked_at])).toEqual([
    ['test', null],
    ['ci', null],
  ])
  const { rows } = await stage.db.pool.query('select secret_hash from api_tokens where id = $1', [ci.id])
  const secrets = [token, ci.token, first<{ secret_hash: string }>(rows).secret_hash]
  for (const secret of secrets) expect(text.stdout + text.stderr + json.stdout + json.stderr).not.toContain(secret)
})

test('H54 token revoke ends a token for the very next call, and list says so', async () => {
  const { run, api } = await installFor(stage)
  const { id, token } = await api.tokens.create({ name: 'ci' })
  const bearer = stage.server.client(token)
  await bearer.products.list()
  expect(await run('token', 'revoke', id)).toEqual({
    exitCode: 0,
    stdout: `${id} is revoked: nobody gets in with it.`,
    stderr: '',
  })
  await expect(bearer.products.list()).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
  expect((await run('token', 'list')).stdout).toMatch(new RegExp(`^${id} .* revoked \\d{4}-\\d\\d-\\d\\d$`, 'm'))
})

test('H52 another’s token is as unknown as one that does not exist, and stays good', async () => {
  const [{ run, api }, other] = await Promise.all([installFor(stage), stage.person()])
  const [theirs] = await other.api.tokens.list()
  const unknown = await run('token', 'revoke', 'token_1')
  const foreign = await run('token', 'revoke', theirs?.id ?? '')
  expect(unknown).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: expect.stringMatching(/^NOT_FOUND: .*token_1\.\n.+/),
  })
  expect(foreign.stderr).toBe(unknown.stderr.replace('token_1', theirs?.id ?? ''))
  expect((await api.tokens.list()).map(({ id }) => id)).not.toContain(theirs?.id)
  expect(await other.api.tokens.current()).toEqual(theirs)
})

test('H53 a demo account, and a token without the scope person, neither list nor revoke', async () => {
  const [demo, agent] = await Promise.all([
    installFor(stage, { isDemo: true }),
    installFor(stage, { scopes: ['read', 'work', 'author'] }),
  ])
  for (const { run, api } of [demo, agent]) {
    const { id } = await api.tokens.current()
    for (const args of [['list'], ['revoke', id]])
      expect(await run('token', ...args)).toMatchObject({
        exitCode: 1,
        stdout: '',
        stderr: expect.stringMatching(/^PERMISSION_DENIED: .*\n.+/),
      })
    expect((await api.tokens.current()).revoked_at).toBeNull()
  }
})
