import type { Pool, PoolClient } from 'pg'
import { untilAborted } from '../until-aborted.ts'
import { type Cursor, createCursor } from './cursor.ts'
import { type Database, FETCH_ROWS, type Row, SESSION, type Statement } from './database.ts'
import { isLostConnection, isMissing, isUnpreparedError, missingPackage, storeError } from './errors.ts'
import { createPrepared } from './prepared.ts'

export interface ServerOptions {
  readonly store: string
  readonly url: string
  readonly timeout: number
  readonly connections: number
}

/** Milliseconds to wait for a connection. */
const CONNECT_MILLISECONDS = 10_000

/**
 * The time limit is of each block of rows, and kept here: the server's own would count the time that a long answer is
 * read in. It notices by itself when nobody reads any more, from version 14 on.
 */
const ALIVE = `SELECT set_config(name, '5s', false) FROM pg_settings WHERE name = 'client_connection_check_interval'`

/** Prepared statements are planned for the parameters of each execution, from version 12 on: keys may be few or many. */
const PLANS = `SELECT set_config(name, 'force_custom_plan', false) FROM pg_settings WHERE name = 'plan_cache_mode'`

/** A connection at work for one statement. */
interface Lease {
  readonly client: PoolClient
  /** `broken`: the connection cannot be used any more. */
  end(broken: boolean): void
}

/** An answer that is being read. */
interface Reading {
  /** Reads the rest now, so that its connection becomes free. */
  spill(): void
}

export interface Server extends Database {
  /** Connections in use. */
  inUse(): number
}

/** A database on a server, through a pool of connections. */
export function serverDatabase(options: ServerOptions): Server {
  const { store, timeout, connections } = options
  const failed = (error: unknown) => storeError(store, error, timeout)
  const readings = new Set<Reading>()
  const queue: (() => void)[] = []
  const cancelling = new Set<Promise<unknown>>()
  const told = new WeakSet<PoolClient>()
  const prepared = createPrepared<PoolClient>()
  let used = 0
  let pool: Promise<Pool> | undefined

  async function openPool(): Promise<Pool> {
    const { default: pg } = await import('pg').catch((error: unknown) => {
      throw isMissing(error) ? missingPackage(store, 'pg', 'a server') : error
    })
    const opened = new pg.Pool({ ...connectionOptions(options), max: connections, allowExitOnIdle: true })
    // An idle connection that is lost leaves the pool by itself.
    opened.on('error', () => {})
    return opened
  }

  /** A slot of the pool; where all are taken, the answers being read give up theirs. */
  async function slot(signal: AbortSignal): Promise<void> {
    if (used < connections) {
      used++
      return
    }
    for (const reading of readings) {
      readings.delete(reading)
      reading.spill()
      break
    }
    await new Promise<void>((resolve, reject) => {
      const take = (): void => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      const leave = (): void => {
        queue.splice(queue.indexOf(take), 1)
        reject(signal.reason)
      }
      queue.push(take)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  const giveBack = (): void => {
    const next = queue.shift()
    if (next === undefined) used--
    else next()
  }

  async function lease(signal: AbortSignal): Promise<Lease> {
    signal.throwIfAborted()
    await slot(signal)
    try {
      pool ??= openPool()
      const connecting = pool.then((opened) => opened.connect())
      const client = await untilAborted(connecting, signal).catch((error: unknown) => {
        // What comes too late is nobody's.
        connecting.then((late) => late.release(true)).catch(() => {})
        throw error
      })
      const gone = (): void => {}
      client.on('error', gone)
      const end = (broken: boolean): void => {
        client.off('error', gone)
        client.release(broken)
        giveBack()
      }
      try {
        if (!told.has(client)) {
          const session = [...SESSION, 'SET statement_timeout = 0', ALIVE, PLANS].join(';')
          await limited(client.query(session), signal, timeout)
          told.add(client)
        }
        return { client, end }
      } catch (error) {
        end(true)
        throw new Given(error)
      }
    } catch (error) {
      if (error instanceof Given) throw error.reason
      giveBack()
      throw error
    }
  }

  /** Tells the server to stop what a connection is at: closing it alone would go unnoticed until rows are sent. */
  function cancel(client: PoolClient): void {
    const { processID } = client as PoolClient & { readonly processID?: number }
    if (processID === undefined) return
    const work = (async () => {
      const { default: pg } = await import('pg')
      const messenger = new pg.Client(connectionOptions(options))
      messenger.on('error', () => {})
      await messenger.connect()
      try {
        await messenger.query('SELECT pg_cancel_backend($1)', [processID])
      } finally {
        await messenger.end()
      }
    })()
    const settled: Promise<unknown> = work.catch(() => {}).finally(() => cancelling.delete(settled))
    cancelling.add(settled)
  }

  /** A statement with its first rows; a connection that turns out to be lost is replaced by another. */
  async function begin(
    statement: Statement,
    signal: AbortSignal,
    blockRows: number,
  ): Promise<{ readonly held: Lease; readonly cursor: Cursor; readonly rows: readonly Row[] }> {
    for (let attempt = 0; ; attempt++) {
      const held = await lease(signal)
      const preparation = prepared.preparationOf(held.client, statement.text)
      const cursor = createCursor(statement, blockRows, preparation)
      try {
        held.client.query(cursor)
        const rows = await limited(cursor.read(), signal, timeout)
        return { held, cursor, rows }
      } catch (error) {
        prepared.forget(held.client, statement.text)
        const isUnprepared = preparation.name !== '' && isUnpreparedError(error)
        if (isUnprepared) prepared.distrust(held.client)
        stop(held, signal, error)
        if (!(isUnprepared || isLostConnection(error)) || attempt >= connections) throw error
      }
    }
  }

  function stop(held: Lease, signal: AbortSignal, error: unknown): void {
    const isServers = isStatementError(error)
    if (!isServers && (signal.aborted || error instanceof Late)) cancel(held.client)
    held.end(!isServers)
  }

  async function* stream(
    statement: Statement,
    signal: AbortSignal,
    blockRows: number = FETCH_ROWS,
  ): AsyncGenerator<readonly Row[]> {
    const blocks: (readonly Row[])[] = []
    let held: Lease | undefined
    let cursor: Cursor | undefined
    let failure: { readonly error: unknown } | undefined
    let turn: Promise<void> = Promise.resolve()
    const finish = (): void => {
      held?.end(false)
      held = undefined
      readings.delete(reading)
    }
    const read = async (): Promise<void> => {
      if (held === undefined || failure !== undefined) return
      try {
        const rows = await limited(cursor!.read(), signal, timeout)
        if (rows.length > 0) blocks.push(rows)
        if (rows.length < blockRows) finish()
      } catch (error) {
        failure = { error }
        stop(held, signal, error)
        held = undefined
        readings.delete(reading)
      }
    }
    const pull = (): Promise<void> => {
      turn = turn.then(read)
      return turn
    }
    const reading: Reading = {
      async spill() {
        while (held !== undefined) await pull()
      },
    }
    try {
      const begun = await begin(statement, signal, blockRows)
      held = begun.held
      cursor = begun.cursor
      if (begun.rows.length < blockRows) finish()
      else readings.add(reading)
      if (begun.rows.length > 0) yield begun.rows
      for (;;) {
        signal.throwIfAborted()
        if (blocks.length === 0) await pull()
        const rows = blocks.shift()
        if (rows !== undefined) yield rows
        else if (failure !== undefined) throw failure.error
        else if (held === undefined) return
      }
    } catch (error) {
      if (signal.aborted) throw signal.reason
      throw failed(error)
    } finally {
      const open = held
      held = undefined
      readings.delete(reading)
      if (open !== undefined) {
        cursor?.close()
        open.end(false)
      }
    }
  }

  return {
    stream,
    async query(statement, signal) {
      const rows: Row[] = []
      for await (const block of stream(statement, signal)) rows.push(...block)
      return rows
    },
    async columns(text, signal) {
      const held = await lease(signal).catch((error: unknown) => {
        throw signal.aborted ? signal.reason : failed(error)
      })
      try {
        const { fields } = await limited(held.client.query(text), signal, timeout)
        held.end(false)
        return fields.map(({ name }) => name)
      } catch (error) {
        stop(held, signal, error)
        throw signal.aborted ? signal.reason : failed(error)
      }
    },
    inUse: () => used,
    async close() {
      const opened = pool
      pool = undefined
      await Promise.all(cancelling)
      await (await opened?.catch(() => undefined))?.end()
    },
  }
}

/** An error whose slot was given back already. */
class Given extends Error {
  readonly reason: unknown
  constructor(reason: unknown) {
    super('given back')
    this.reason = reason
  }
}

/** The server did not even say that it took too long. */
class Late extends Error {
  readonly code = '57014'
}

/** An error of the statement, after which the connection is as good as before. */
const isStatementError = (error: unknown): boolean =>
  !(error instanceof Late) &&
  !isLostConnection(error) &&
  typeof error === 'object' &&
  error !== null &&
  'severity' in error

const connectionOptions = ({ url, timeout }: ServerOptions) => ({
  connectionString: url,
  connectionTimeoutMillis: Math.min(timeout, CONNECT_MILLISECONDS),
  application_name: 'polyprov',
})

/** The promise, unless the signal or the time limit comes first. */
async function limited<Value>(promise: Promise<Value>, signal: AbortSignal, milliseconds: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Late('the server is silent')), milliseconds)
  })
  try {
    promise.catch(() => {})
    return await untilAborted(Promise.race([promise, late]), signal)
  } finally {
    clearTimeout(timer)
  }
}
