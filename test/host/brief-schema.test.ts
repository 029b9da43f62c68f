import { AjvJsonSchemaValidator } from '@modelcontextprotocol/client/validators/ajv'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { briefSchema } from '../../src/host/mcp/brief-schema.ts'

const Everything = z.object({
  pattern: z.string().max(5),
  maximum: z.int(),
  at: z.iso.datetime().nullable(),
  status: z.enum(['open', 'shut']).nullable(),
  exactly: z.literal('x').nullable(),
  limited: z.int().min(1).max(9).nullable(),
  list: z.array(z.object({ id: z.uuid() })),
})
const GOOD = { pattern: 'ab', maximum: 3, at: null, status: null, exactly: null, limited: null, list: [] }

describe('a brief schema', () => {
  test('of an input keeps every limit that says something, and drops the pattern of a format', () => {
    const { properties } = brief('input')
    expect(properties).toMatchObject({
      pattern: { type: 'string', maxLength: 5 },
      maximum: { type: 'integer' },
      at: { type: ['string', 'null'], format: 'date-time' },
      limited: { type: ['integer', 'null'], minimum: 1, maximum: 9 },
    })
    expect(JSON.stringify(properties)).not.toMatch(/"pattern":"|9007199254740991/)
  })

  test('allows what the whole one allows, null included, and refuses other words', () => {
    for (const of of ['input', 'output'] as const) {
      const validate = new AjvJsonSchemaValidator().getValidator(brief(of))
      expect(validate(GOOD)).toMatchObject({ valid: true })
      expect(validate({ ...GOOD, at: '2026-11-23T12:00:00Z', status: 'open', exactly: 'x', limited: 9 })).toMatchObject(
        {
          valid: true,
        },
      )
      for (const wrong of [{ status: 'ajar' }, { exactly: 'y' }, { maximum: 'x' }, { list: [{}] }])
        expect.soft(validate({ ...GOOD, ...wrong }), JSON.stringify(wrong)).toMatchObject({ valid: false })
    }
  })
})

function brief(of: 'input' | 'output') {
  return briefSchema(Everything['~standard'].jsonSchema[of]({ target: 'draft-2020-12' }), of)
}
