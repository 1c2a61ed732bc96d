import { type AddressInfo, connect as connectTo, createServer, type Socket } from 'node:net'
import { counterFor, type Protocol, type Sent } from './protocols.ts'

/** What crossed a relay since it was reset. */
export interface Traffic {
  readonly requests: number
  readonly fetches: number
  /** Of both directions. */
  readonly bytes: number
}

export interface RelayTarget {
  readonly host: string
  readonly port: number
  readonly protocol: Protocol
}

/** A relay in front of one server: it counts, and holds back. */
export interface Relay {
  readonly port: number
  traffic(): Traffic
  reset(): void
  /** Milliseconds of a round trip that it adds. */
  delay(milliseconds: number): void
  close(): Promise<void>
}

export async function startRelay({ host, port, protocol }: RelayTarget): Promise<Relay> {
  const sent: Sent = { requests: 0, fetches: 0 }
  const sockets = new Set<Socket>()
  let bytes = 0
  let delay = 0
  const server = createServer((client) => {
    const upstream = connectTo(port, host)
    const count = counterFor(protocol, sent)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('close', () => sockets.delete(socket))
    }
    pass(client, upstream, (chunk) => {
      count(chunk)
      bytes += chunk.length
      return delay / 2
    })
    pass(upstream, client, (chunk) => {
      bytes += chunk.length
      return delay / 2
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    traffic: () => ({ ...sent, bytes }),
    reset() {
      sent.requests = 0
      sent.fetches = 0
      bytes = 0
    },
    delay(milliseconds) {
      delay = milliseconds
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** Hands on what comes, in its order, each piece as much later as `read` says. */
function pass(from: Socket, to: Socket, read: (chunk: Buffer) => number): void {
  let waiting = 0
  const later = (milliseconds: number, act: () => void): void => {
    if (milliseconds === 0 && waiting === 0) {
      act()
      return
    }
    waiting++
    setTimeout(() => {
      waiting--
      act()
    }, milliseconds)
  }
  from.on('data', (chunk: Buffer) => {
    later(read(chunk), () => {
      if (!to.destroyed && !to.write(chunk) && !from.isPaused()) {
        from.pause()
        to.once('drain', () => from.resume())
      }
    })
  })
  from.on('end', () => later(read(Buffer.alloc(0)), () => to.end()))
  from.on('error', () => to.destroy())
  from.on('close', () => later(read(Buffer.alloc(0)), () => to.destroy()))
}
