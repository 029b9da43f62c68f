import type { ContractRouterClient } from '@orpc/contract'
import type { api } from './api.ts'

/** The typed client of the api; the same in process and over a network. */
export type ApiClient = ContractRouterClient<typeof api>
