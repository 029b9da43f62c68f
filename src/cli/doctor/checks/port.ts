import { once } from 'node:events'
import { createServer } from 'node:net'
import { z } from 'zod'
import { type Check, ok, warning } from '../check.ts'
import type { Patient } from '../patient.ts'

const Health = z.object({ status: z.literal('ok'), version: z.string() })

export const port: Check = {
  name: 'port',
  run: async ({ config, limit }) => {
    if (config instanceof Error) return []
    const { host, port } = config.listen
    if (port === 0) return [ok('`scrum4me up` takes any port that is free.')]
    const fault = await whyNotFree(host, port)
    if (fault === null) return [ok(`${host}:${port} is free for \`scrum4me up\`.`)]
    const version = fault === 'EADDRINUSE' ? await whoIsThere(host, port, limit()) : null
    if (version !== null) return [ok(`Scrum4Me ${version} listens at ${host}:${port}.`)]
    const what = fault === 'EADDRINUSE' ? 'is taken by another program' : `cannot be listened at (${fault})`
    return [warning(`${host}:${port} ${what}.`, 'Give `scrum4me up` another one: SCRUM4ME_PORT=4401.')]
  },
}

async function whyNotFree(host: string, port: number): Promise<string | null> {
  const server = createServer()
  try {
    server.listen({ host, port, exclusive: true })
    await once(server, 'listening')
    return null
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  } finally {
    server.close()
  }
}

/** The version of a Scrum4Me that answers there, or null. */
async function whoIsThere(host: string, port: number, signal: ReturnType<Patient['limit']>): Promise<string | null> {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  try {
    const answer = await fetch(`http://${name}:${port}/healthz`, { signal })
    return Health.parse(await answer.json()).version
  } catch {
    // Whatever it is, it is not one of us that is well.
    return null
  }
}
