import type { CallToolResult } from '@modelcontextprotocol/server'
import { ZodError, z } from 'zod'
import { AppError } from '../../errors.ts'
import { fromApi } from '../flows/api-error.ts'

/** A failure as the model reads it: the stable code first, what happened, and what to do next. */
export function toolError(error: unknown): CallToolResult {
  const { code, message, hint } = error instanceof ZodError ? invalid(error) : fromApi(error)
  return { isError: true, content: [{ type: 'text', text: `${code}: ${message}\n${hint}` }] }
}

function invalid(error: ZodError): AppError {
  return new AppError('VALIDATION_ERROR', z.prettifyError(error), { cause: error })
}
