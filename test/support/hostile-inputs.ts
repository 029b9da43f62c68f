import fc, { type Arbitrary } from 'fast-check'
import { z } from 'zod'

/** Values that a field may be given beside those that its schema allows, by the field's name. */
export type KnownValues = Readonly<Record<string, readonly unknown[]>>

/** Words that mean something to a shell, a path, a database, a log or a program that is not careful. */
export const WORDS = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  'a\udfffb',
  '\u202e\ufeff',
  'x'.repeat(20_001),
  '--help',
  '-c core.sshCommand=id',
  '$(id)',
  '`id`',
  '../../../../etc/passwd',
  '/etc/passwd',
  `'; drop table users; --`,
  '%00%s%n',
  '\r\nX-Injected: yes',
  '<script>alert(1)</script>',
  'ext::sh -c id',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'NaN',
]
const NUMBERS = [-1, 0, 1.5, 2 ** 31, 2 ** 53 - 1, -(2 ** 53), 1e308, -1e308, 5e-324]
const SHAPES = [
  null,
  true,
  [],
  {},
  [[[[[]]]]],
  nested(2_000),
  JSON.parse('{"__proto__":{"isDemo":false}}'),
  JSON.parse('{"constructor":{"prototype":{"polluted":true}}}'),
]
const HOSTILE = [...WORDS, ...NUMBERS, ...SHAPES]

/** Inputs around a schema: mostly as it wants them, some of them hostile in one place or another. */
export function inputsAround(schema: z.ZodType, known: KnownValues): Arbitrary<unknown> {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return fc.oneof(
    { weight: 12, arbitrary: valuesOf(json, known) },
    { weight: 1, arbitrary: fc.constantFrom(...SHAPES) },
  )
}

type Json = z.core.JSONSchema.JSONSchema

function valuesOf(schema: Json, known: KnownValues): Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(each => valuesOf(each as Json, known)))
  if (schema.type === 'object') return objectsOf(schema, known)
  if (schema.type === 'array') return fc.array(valuesOf((schema.items ?? {}) as Json, known), { maxLength: 4 })
  if (schema.type === 'boolean') return fc.boolean()
  if (schema.type === 'integer') return fc.integer({ min: atLeast(schema.minimum), max: atMost(schema.maximum) })
  if (schema.type === 'number')
    return fc.double({ min: schema.minimum ?? -1e9, max: schema.maximum ?? 1e9, noNaN: true })
  if (schema.type === 'string') return textsOf(schema)
  return fc.constantFrom(...HOSTILE)
}

function objectsOf({ properties = {}, required = [] }: Json, known: KnownValues): Arbitrary<unknown> {
  const fields: Record<string, Arbitrary<unknown>> = {}
  for (const [name, schema] of Object.entries(properties)) {
    const allowed = known[name] ? fc.constantFrom(...known[name]) : valuesOf(schema as Json, known)
    fields[name] = fc.oneof({ weight: 8, arbitrary: allowed }, { weight: 1, arbitrary: fc.constantFrom(...HOSTILE) })
  }
  const extra = fc.dictionary(fc.constantFrom(...WORDS), fc.constantFrom(...HOSTILE), { maxKeys: 1 })
  const named = fc.record(fields, { requiredKeys: required })
  return fc.tuple(extra, named).map(([more, asked]) => ({ ...more, ...asked }))
}

/** Any text of the length that is wanted, or one of the pattern. */
function textsOf({ pattern, minLength = 0, maxLength = 200 }: Json): Arbitrary<unknown> {
  const most = Math.min(maxLength, 200)
  const any = fc.string({ unit: 'binary', minLength: Math.min(minLength, most), maxLength: most })
  return pattern ? fc.oneof(fc.stringMatching(new RegExp(pattern)), any) : any
}

/** The ends of what a number may be are the likeliest to break something. */
function atLeast(minimum = Number.MIN_SAFE_INTEGER): number {
  return Math.max(minimum, Number.MIN_SAFE_INTEGER)
}

function atMost(maximum = Number.MAX_SAFE_INTEGER): number {
  return Math.min(maximum, Number.MAX_SAFE_INTEGER)
}

function nested(depth: number): unknown {
  let value: unknown = 'deep'
  for (let level = 0; level < depth; level++) value = level % 2 ? [value] : { value }
  return value
}
