import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type NetConnectOpts, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A stretch of network between a client and a server that a test can break. */
export interface Relay {
  port: number
  /** Forwards only so much of each of the next answers, and then cuts their connections; 0 loses all of it. */
  loseAnswers(...shares: number[]): void
  /** The next time that a client says these words, nobody hears the answer, and the connection is cut; resolves then. */
  loseAnswerTo(words: string): Promise<void>
  /** From now on a server says that it ends in the very packet in which a connection is ready, and hangs up. */
  endWhenReady(): void
  /** How many answers are still to be lost. */
  readonly toLose: number
  /** Lets the connections that stand now carry nothing any more, and stand. */
  mute(): void
  /** Cuts each connection on which a client says these words, from now on; an empty text stops that. */
  refuse(words: string): void
  /** Cuts every connection, and takes no new ones until it is opened again. */
  close(): Promise<void>
  open(): Promise<void>
}

/** Opens a relay, at a port of this machine, to where a server listens. */
export async function openRelay(target: NetConnectOpts): Promise<Relay> {
  const sockets = new Set<Socket>()
  let shares: number[] = []
  let refused = ''
  let muted = new Set<Socket>()
  let unheard: { words: string; lost: () => void } | null = null
  let endsWhenReady = false
  const server = createServer(near => {
    const far = connect(target)
    for (const [one, other] of [[near, far] as const, [far, near] as const]) {
      sockets.add(one)
      one.on('error', () => undefined)
      one.on('close', () => {
        sockets.delete(one)
        if (!muted.has(one)) other.destroy()
      })
    }
    let losing: (() => void) | null = null
    near.on('data', said => {
      if (muted.has(near)) return
      if (refused && said.includes(refused)) return near.destroy()
      if (unheard && said.includes(unheard.words)) {
        losing = unheard.lost
        unheard = null
      }
      far.write(said)
    })
    near.on('end', () => {
      if (!muted.has(near)) far.end()
    })
    far.on('data', answer => {
      if (muted.has(far)) return
      if (losing) {
        near.destroy()
        return losing()
      }
      if (endsWhenReady && answer.subarray(-READY.length).equals(READY))
        return near.end(Buffer.concat([answer, GOODBYE]), () => near.destroy())
      const share = shares.shift()
      if (share === undefined) near.write(answer)
      else near.end(answer.subarray(0, Math.floor(answer.length * share)), () => near.destroy())
    })
  })
  const listen = async (at: number) => {
    server.listen(at, '127.0.0.1')
    await once(server, 'listening')
  }
  const close = async () => {
    const closed = new Promise(resolve => server.close(resolve))
    for (const socket of sockets) socket.destroy()
    await closed
  }
  await listen(0)
  onTestFinished(close)
  const { port } = server.address() as AddressInfo
  return {
    port,
    loseAnswers(...more) {
      shares = more
    },
    loseAnswerTo: words =>
      new Promise(lost => {
        unheard = { words, lost }
      }),
    endWhenReady() {
      endsWhenReady = true
    },
    get toLose() {
      return shares.length
    },
    mute() {
      muted = new Set([...muted, ...sockets])
    },
    refuse(words) {
      refused = words
    },
    close,
    open: () => listen(port),
  }
}

/** PostgreSQL is ready for a statement, outside a transaction. */
const READY = Buffer.from('Z\0\0\0\u0005I', 'latin1')
const GOODBYE = errorResponse([
  'SFATAL',
  'VFATAL',
  'C57P01',
  'Mterminating connection due to unexpected postmaster exit',
])

function errorResponse(fields: readonly string[]): Buffer {
  const body = Buffer.from(`${fields.join('\0')}\0\0`)
  const head = Buffer.from('E    ')
  head.writeUInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

/** Where the database of a URL listens. */
export function addressOfDatabase(databaseUrl: string): NetConnectOpts {
  const url = new URL(databaseUrl)
  const folder = url.searchParams.get('host')
  const port = Number(url.searchParams.get('port') ?? (url.port || 5432))
  return folder ? { path: `${folder}/.s.PGSQL.${port}` } : { host: url.hostname, port }
}

/** The same database by way of a relay. */
export function databaseUrlBy(relay: Relay, databaseUrl: string): string {
  const { username, password, pathname } = new URL(databaseUrl)
  return `postgresql://${username}:${password}@127.0.0.1:${relay.port}${pathname}`
}
