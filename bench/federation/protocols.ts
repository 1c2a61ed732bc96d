/** What a client sent so far: requests, and asking for more rows of one. */
export interface Sent {
  requests: number
  fetches: number
}

/** Reads what a client sends on one connection, and counts; bytes may be cut anywhere. */
export type Counter = (chunk: Buffer) => void

export type Protocol = 'http' | 'postgres' | 'mongodb'

export function counterFor(protocol: Protocol, sent: Sent): Counter {
  switch (protocol) {
    case 'http':
      return httpCounter(sent)
    case 'postgres':
      return postgresCounter(sent)
    case 'mongodb':
      return mongodbCounter(sent)
  }
}

/** Hands whole messages on: `lengthOf` tells how long the one at the beginning is, `undefined` if it cannot yet. */
function framed(lengthOf: (bytes: Buffer) => number | undefined, read: (message: Buffer) => void): Counter {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (;;) {
      const length = rest.length === 0 ? undefined : lengthOf(rest)
      if (length === undefined || length > rest.length) return
      read(rest.subarray(0, length))
      rest = rest.subarray(length)
    }
  }
}

/** Requests with or without a body (RFC 9112): one that comes in chunks, or with its length. */
function httpCounter(sent: Sent): Counter {
  let inChunks = false
  return framed(
    (bytes) => {
      if (inChunks) {
        const end = bytes.indexOf('\r\n')
        return end < 0 ? undefined : end + 2 + Number.parseInt(bytes.toString('latin1', 0, end), 16) + 2
      }
      const end = bytes.indexOf('\r\n\r\n')
      if (end < 0) return undefined
      return end + 4 + Number(/^content-length: *(\d+)/im.exec(bytes.toString('latin1', 0, end))?.[1] ?? 0)
    },
    (message) => {
      if (inChunks) {
        if (message.toString('latin1', 0, 3) === '0\r\n') inChunks = false
        return
      }
      sent.requests++
      const head = message.toString('latin1', 0, message.indexOf('\r\n\r\n'))
      inChunks = /^transfer-encoding: *chunked/im.test(head)
    },
  )
}

const SESSION = /^\s*(SET|SHOW|BEGIN|COMMIT)\b/i

/** Statements of PostgreSQL's protocol 3: `Query`, and each `Bind` of one that was parsed. */
function postgresCounter(sent: Sent): Counter {
  let isStarted = false
  let isFirstRows = false
  return framed(
    (bytes) => {
      const at = isStarted ? 1 : 0
      return bytes.length < at + 4 ? undefined : at + bytes.readInt32BE(at)
    },
    (message) => {
      if (!isStarted) {
        // A request for TLS comes before the startup message proper.
        isStarted = message.readInt32BE(4) !== 80_877_103
        return
      }
      const kind = String.fromCharCode(message[0]!)
      if (kind === 'Q' && !SESSION.test(message.toString('latin1', 5, 40))) sent.requests++
      if (kind === 'B') {
        sent.requests++
        isFirstRows = true
      }
      if (kind !== 'E') return
      if (!isFirstRows) sent.fetches++
      isFirstRows = false
    },
  )
}

const OP_MSG = 2013
const COMMANDS = new Set(['find', 'aggregate', 'getMore', 'count', 'distinct', 'listCollections'])

/** Commands of MongoDB's wire protocol: the name of one is the first key of its document. */
function mongodbCounter(sent: Sent): Counter {
  return framed(
    (bytes) => (bytes.length < 4 ? undefined : bytes.readInt32LE(0)),
    (message) => {
      if (message.readInt32LE(12) !== OP_MSG) return
      const start = 16 + 4 + 1 + 4 + 1
      const name = message.toString('latin1', start, message.indexOf(0, start))
      if (COMMANDS.has(name)) sent.requests++
    },
  )
}
