import { countTokens } from 'gpt-tokenizer'
import { expect, test } from 'vitest'
import { AGENT_SCOPES, TOKEN_SCOPES, type TokenScope } from '../../src/domain/permissions.ts'
import { TOOLS } from '../../src/host/mcp/tools/index.ts'
import { ERAS } from '../support/mcp-client.ts'
import { connectOverHttp, serveMcp } from '../support/mcp-http.ts'
import { makeMachine } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { server, person } = await openTestServer()

const WORKER = ['read', 'work'] as const satisfies readonly TokenScope[]

/** Every agent pays for the list with each conversation, before it has done anything. */
test.each([
  ['a worker', WORKER, 6_000],
  ['an agent', AGENT_SCOPES, 12_000],
  ['a person', TOKEN_SCOPES, 12_000],
] as const)('the tool list of %s (%j) costs %i tokens at the most, in either era', async (_who, scopes, most) => {
  const { token } = await person({ scopes })
  const door = await serveMcp(server, await makeMachine())
  for (const era of ERAS) {
    const list = await (await connectOverHttp(door, token, era)).listTools()
    const mine = TOOLS.filter(tool => scopes.some(scope => scope === tool.scope))
    expect(list.tools.map(tool => tool.name)).toEqual(mine.map(tool => tool.name))
    expect(countTokens(JSON.stringify(list))).toBeLessThanOrEqual(most)
  }
})
