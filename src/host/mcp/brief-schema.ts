type Json = unknown

/** Written by Zod as the bounds of every integer. */
const SAFE = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]

/**
 * A JSON schema without what costs an agent tokens and tells it nothing: patterns beside a format, the bounds of every
 * integer, and in an answer the limits that only bind whoever writes it.
 */
export function briefSchema<Schema extends Json>(schema: Schema, of: 'input' | 'output'): Schema {
  if (Array.isArray(schema)) return schema.map(item => briefSchema(item, of)) as unknown as Schema
  if (!isObject(schema)) return schema
  const kept = Object.entries(schema).filter(([key, value]) => !isNoise(key, value, schema, of))
  const brief = Object.fromEntries(kept.map(([key, value]) => [key, briefSchema(value, of)]))
  return mergeNull(brief) as Schema
}

const ANSWER_LIMITS = ['minLength', 'maxLength', 'minimum', 'maximum', 'pattern', 'additionalProperties']

function isNoise(key: string, value: Json, schema: Record<string, Json>, of: 'input' | 'output'): boolean {
  // A property may be called like a keyword; its value is a schema then.
  if (isObject(value) && key !== 'additionalProperties') return false
  if (key === 'pattern' && 'format' in schema) return true
  if ((key === 'minimum' || key === 'maximum') && SAFE.some(bound => bound === value)) return true
  return of === 'output' && ANSWER_LIMITS.includes(key) && !isObject(value)
}

/** `anyOf` a simple type and null is that type or null. */
function mergeNull(schema: Record<string, Json>): Record<string, Json> {
  const { anyOf, ...rest } = schema
  if (!Array.isArray(anyOf) || anyOf.length !== 2) return schema
  const [some, none] = anyOf
  if (!isObject(some) || !isObject(none) || none.type !== 'null' || typeof some.type !== 'string') return schema
  if ('const' in some) return schema
  const { enum: words, ...type } = some
  return { ...rest, ...type, ...(Array.isArray(words) && { enum: [...words, null] }), type: [some.type, 'null'] }
}

function isObject(value: Json): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
