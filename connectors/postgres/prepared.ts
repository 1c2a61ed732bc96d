import { LRUCache } from 'lru-cache'
import { type Preparation, UNPREPARED } from './cursor.ts'

/** Prepared statements that a connection keeps, and texts that are remembered for having been sent once. */
const MOST_PREPARED = 64
const MOST_REMEMBERED = 512
/** Texts that are longer are not worth the server's memory. */
const LONGEST_TEXT = 8_192

/** What is prepared on the connections of one pool. */
export interface Prepared<Connection extends object> {
  /** How a connection is to be told of a statement that it is about to execute. */
  preparationOf(connection: Connection, text: string): Preparation
  /** The statement failed: whether the connection has it is not known. */
  forget(connection: Connection, text: string): void
  /** The connection does not have what it should: nothing more is prepared on it. */
  distrust(connection: Connection): void
}

interface Known {
  /** Names by text, in the order of their last use. */
  readonly names: LRUCache<string, string>
  made: number
  isTrusted: boolean
}

/**
 * A text that comes a second time is prepared under a name, so that from then on its parameters are all that is sent.
 * Connections that do not keep statements (some poolers hand each to another server) go without.
 */
export function createPrepared<Connection extends object>(): Prepared<Connection> {
  const sent = new LRUCache<string, true>({ max: MOST_REMEMBERED })
  const connections = new WeakMap<Connection, Known>()
  const knownOf = (connection: Connection): Known => {
    const before = connections.get(connection)
    if (before !== undefined) return before
    const known = { names: new LRUCache<string, string>({ max: MOST_PREPARED + 1 }), made: 0, isTrusted: true }
    connections.set(connection, known)
    return known
  }
  return {
    preparationOf(connection, text) {
      const known = knownOf(connection)
      if (!known.isTrusted || text.length > LONGEST_TEXT) return UNPREPARED
      const there = known.names.get(text)
      if (there !== undefined) return { name: there, isThere: true }
      if (!sent.has(text)) {
        sent.set(text, true)
        return UNPREPARED
      }
      const name = `p${known.made++}`
      known.names.set(text, name)
      const dropped = known.names.size > MOST_PREPARED ? known.names.pop() : undefined
      return { name, isThere: false, ...(dropped === undefined ? {} : { dropped }) }
    },
    forget: (connection, text) => void connections.get(connection)?.names.delete(text),
    distrust(connection) {
      const known = knownOf(connection)
      known.names.clear()
      known.isTrusted = false
    },
  }
}
