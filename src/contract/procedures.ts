import { oc } from '@orpc/contract'
import { z } from 'zod'
import { CheckResult, Id } from './fields.ts'

/** What the procedures of several areas are made of. */
export const get = (path: `/${string}`) => oc.route({ method: 'GET', path })
export const post = (path: `/${string}`) => oc.route({ method: 'POST', path })
export const remove = (path: `/${string}`) => oc.route({ method: 'DELETE', path })

export const Hold = z.object({ job_id: Id, claim_token: z.uuid() })
/** How long its agent may stay silent; for one that no connection shows to be alive, or that is about to be silent for long. */
export const Silence = { silent_seconds: z.int().min(60).max(7_200).optional() }
export const Checks = z.array(CheckResult).max(20)
export const Summary = z.string().max(8_000)
