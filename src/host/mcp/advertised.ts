import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server'
import type { z } from 'zod'

/** A tool's input schema for the tool list alone: the call itself parses, so that its error has our code and remedy. */
export function advertised(schema: z.ZodObject): StandardSchemaWithJSON<unknown, unknown> {
  const standard = schema['~standard']
  return { '~standard': { ...standard, validate: value => ({ value }) } }
}
