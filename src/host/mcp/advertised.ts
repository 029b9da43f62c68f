import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server'
import type { z } from 'zod'
import { briefSchema } from './brief-schema.ts'

/** A tool's input schema for the tool list alone: the call itself parses, so that its error has our code and remedy. */
export function advertisedInput(schema: z.ZodObject): StandardSchemaWithJSON<unknown, unknown> {
  const standard = schema['~standard']
  return { '~standard': { ...standard, jsonSchema: brief(schema), validate: value => ({ value }) } }
}

/** A tool's output schema, brief in the tool list; what the tool answers is held to all of it. */
export function advertisedOutput(schema: z.ZodObject): StandardSchemaWithJSON<unknown, unknown> {
  return { '~standard': { ...schema['~standard'], jsonSchema: brief(schema) } }
}

function brief(schema: z.ZodObject): StandardSchemaWithJSON['~standard']['jsonSchema'] {
  const { jsonSchema } = schema['~standard']
  return {
    input: options => briefSchema(jsonSchema.input(options), 'input'),
    output: options => briefSchema(jsonSchema.output(options), 'output'),
  }
}
