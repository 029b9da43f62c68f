import type { Usage } from '../../contract/fields.ts'
import type { UsageColumns } from '../flows/deliver-job.ts'

/** What an agent says of its usage, as columns; what it does not say stays as it is. */
export function usageColumns(usage: Usage | undefined): UsageColumns {
  const columns = {
    inputTokens: usage?.input_tokens,
    outputTokens: usage?.output_tokens,
    cacheReadTokens: usage?.cache_read_tokens,
    cacheWriteTokens: usage?.cache_write_tokens,
    costUsd: usage?.cost_usd,
  }
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined))
}
