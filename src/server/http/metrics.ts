import type { MiddlewareHandler } from 'hono'
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** What is counted at the moment of the question. */
export interface Gauges {
  /** Jobs that are not over, by status. */
  jobs: Record<string, number>
  hostsAlive: number
  oldestXminAge: number
  waiters: number
  connections: { total: number; idle: number; waiting: number }
}

/** The server's numbers for Prometheus, and the middleware that times requests. */
export function createMetrics(readGauges: () => Promise<Gauges>) {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `scrum4me_${name}`, help, labelNames, registers: [registry] })
  const jobs = gauge('jobs', 'Jobs that are not over', ['status'])
  const hosts = gauge('hosts_alive', 'Hosts that were seen lately')
  const xmin = gauge('oldest_xmin_age', 'Transactions since the oldest snapshot, which vacuum has to spare')
  const waiters = gauge('waiters', 'Workers of this server process that wait for a job')
  const connections = gauge('database_connections', 'Connections of this process to the database', ['state'])
  const durations = new Histogram({
    name: 'scrum4me_http_request_duration_seconds',
    help: 'From a request to the beginning of its answer',
    labelNames: ['surface', 'method', 'status'],
    registers: [registry],
  })

  const time: MiddlewareHandler = async (c, next) => {
    const stop = durations.startTimer()
    await next()
    stop({ surface: surfaceOf(c.req.path), method: c.req.method, status: c.res.status })
  }
  const render = async () => {
    const now = await readGauges()
    for (const [status, count] of Object.entries(now.jobs)) jobs.set({ status }, count)
    for (const [state, count] of Object.entries(now.connections)) connections.set({ state }, count)
    hosts.set(now.hostsAlive)
    xmin.set(now.oldestXminAge)
    waiters.set(now.waiters)
    return registry.metrics()
  }
  return { time, render, contentType: registry.contentType }
}

/** A few words, because each is a time series. */
function surfaceOf(path: string): string {
  return /^\/(api\/rpc|api|mcp)(\/|$)/.exec(path)?.[1] ?? 'other'
}
