import type { ToolAnnotations } from '@modelcontextprotocol/server'
import type { z } from 'zod'
import type { TokenScope } from '../../domain/permissions.ts'
import type { Host } from '../flows/host.ts'
import type { Agents } from './agents.ts'

/** What a tool may use: the machine, the agents of this connection, and how long the client bears a call. */
export interface ToolContext {
  host: Host
  agents: Agents
  /** As the client names itself. */
  clientName: string
  /** Aborts when the client cancels the call or goes away. */
  signal: AbortSignal
  /** The longest that this client lets a call last, in seconds. */
  longestCallSeconds: number
}

type Shape = z.ZodObject
export interface ToolDefinition<Input extends Shape, Output extends Shape> {
  name: string
  title: string
  description: string
  input: Input
  output: Output
  /** What a token must be good for to use it. */
  scope: TokenScope
  annotations: Required<Pick<ToolAnnotations, 'readOnlyHint' | 'destructiveHint' | 'idempotentHint'>>
  run(input: z.output<Input>, context: ToolContext): Promise<z.input<Output>>
}

/** A tool as the registry holds it: its input is parsed when it is called. */
export interface Tool extends Omit<ToolDefinition<Shape, Shape>, 'run'> {
  call(input: unknown, context: ToolContext): Promise<Record<string, unknown>>
}

/** Names a tool, its limits and what it runs; the input reaches `run` parsed, and a ZodError leaves `call` if it is not so. */
export function defineTool<Input extends Shape, Output extends Shape>(definition: ToolDefinition<Input, Output>): Tool {
  const { run, ...rest } = definition
  return {
    ...rest,
    call: async (input, context) => run(await definition.input.parseAsync(input), context),
  }
}

/** Only looks; may be called again and again. */
export const READS = { readOnlyHint: true, destructiveHint: false, idempotentHint: true }
/** Adds something new at each call. */
export const ADDS = { readOnlyHint: false, destructiveHint: false, idempotentHint: false }
/** Changes something; the same call again changes nothing more. */
export const CHANGES = { readOnlyHint: false, destructiveHint: false, idempotentHint: true }
