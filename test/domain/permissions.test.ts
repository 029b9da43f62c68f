import { describe, expect, test } from 'vitest'
import { AGENT_SCOPES, assertMay, type Caller, TOKEN_SCOPES, type TokenScope } from '../../src/domain/permissions.ts'

describe('what a token may do', () => {
  test('is what its scopes say, and no more', () => {
    for (const held of TOKEN_SCOPES)
      for (const wanted of TOKEN_SCOPES) expect(may(caller({ scopes: [held] }), wanted)).toBe(held === wanted)
  })

  test('H64 of an agent is everything but what is a person’s to decide', () => {
    const agent = caller({ scopes: AGENT_SCOPES })
    expect(TOKEN_SCOPES.filter(scope => may(agent, scope))).toEqual(['read', 'work', 'author'])
  })

  test('H53 of a demo account is to read, even with every scope', () => {
    const demo = caller({ scopes: TOKEN_SCOPES, isDemo: true })
    expect(TOKEN_SCOPES.filter(scope => may(demo, scope))).toEqual(['read'])
  })

  test('is refused with the command that makes a token which may', () => {
    expect(() => assertMay(caller({ scopes: ['read'] }), 'work')).toThrow(
      expect.objectContaining({ code: 'PERMISSION_DENIED', hint: expect.stringContaining('--scopes read,work') }),
    )
  })
})

function caller(wish: Partial<Caller>): Caller {
  return {
    tokenId: 'token_1',
    userId: 'user_1',
    scopes: [],
    productIds: null,
    isDemo: false,
    worksFor: ['user_1'],
    ...wish,
  }
}

function may(who: Caller, scope: TokenScope): boolean {
  try {
    assertMay(who, scope)
    return true
  } catch (error) {
    expect(error).toMatchObject({ code: 'PERMISSION_DENIED' })
    return false
  }
}
