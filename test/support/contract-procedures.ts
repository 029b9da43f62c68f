import { type AnyContractProcedure, isContractProcedure } from '@orpc/contract'
import { z } from 'zod'
import { api } from '../../src/contract/api.ts'

export interface ContractProcedure {
  /** As in `jobs.claim`. */
  name: string
  method: string
  path: string
  /** Null for a procedure that takes nothing. */
  input: z.ZodType | null
}

/** Every procedure of the contract. */
export function contractProcedures(): ContractProcedure[] {
  return Object.entries(api).flatMap(([group, procedures]) =>
    Object.entries<unknown>(procedures).map(([name, procedure]) => describe(`${group}.${name}`, procedure)),
  )
}

function describe(name: string, procedure: unknown): ContractProcedure {
  if (!isContractProcedure(procedure)) throw new Error(`${name} is no procedure`)
  const { route, inputSchema }: AnyContractProcedure['~orpc'] = procedure['~orpc']
  if (!route.method || !route.path) throw new Error(`${name} has no route`)
  return { name, method: route.method, path: route.path, input: inputSchema instanceof z.ZodType ? inputSchema : null }
}
