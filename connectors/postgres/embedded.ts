import type { PGlite } from '@electric-sql/pglite'
import { type Database, FETCH_ROWS, type Row, SESSION, type Statement } from './database.ts'
import { isMissing, missingPackage, storeError } from './errors.ts'
import { rowsOfMessages, simpleQuery } from './wire-rows.ts'

/** Types whose parameters are texts already. */
const AS_TEXT = { 25: (value: string) => value, 1009: (value: string) => value }

interface Options {
  readonly store: string
  readonly timeout: number
}

/** A database in this process, opened when it is first asked; `folder` is its data folder. */
export function embeddedDatabase(folder: string, options: Options): Database {
  let opened: Promise<PGlite> | undefined
  const open = async (): Promise<PGlite> => {
    const module = await import('@electric-sql/pglite').catch((error: unknown) => {
      throw isMissing(error) ? missingPackage(options.store, '@electric-sql/pglite', 'an embedded database') : error
    })
    const database = await module.PGlite.create(folder)
    await begin(database)
    return database
  }
  return databaseOver(
    () => {
      opened ??= open().catch((error: unknown) => {
        opened = undefined
        throw error
      })
      return opened
    },
    options,
    async () => {
      const database = opened
      opened = undefined
      await (await database)?.close()
    },
  )
}

/** The database of somebody else, who closes it. */
export function sharedDatabase(database: PGlite, options: Options): Database {
  const ready = begin(database).then(() => database)
  return databaseOver(
    () => ready,
    options,
    async () => {},
  )
}

const begin = (database: PGlite): Promise<unknown> => database.exec(SESSION.join(';'))

let cursors = 0

/**
 * One connection serves all: an answer is kept by a cursor of its own beyond its transaction, so that several can be
 * read by turns.
 */
function databaseOver(connected: () => Promise<PGlite>, options: Options, close: () => Promise<void>): Database {
  const within = async (signal: AbortSignal, ask: (database: PGlite) => Promise<readonly Row[]>) => {
    signal.throwIfAborted()
    try {
      const rows = await ask(await connected())
      signal.throwIfAborted()
      return rows
    } catch (error) {
      if (signal.aborted) throw signal.reason
      throw storeError(options.store, error, options.timeout)
    }
  }
  const run = ({ text, values }: Statement, signal: AbortSignal): Promise<readonly Row[]> =>
    within(signal, async (database) => {
      const { rows } = await database.query<(string | null)[]>(text, [...values], {
        rowMode: 'array',
        serializers: AS_TEXT,
      })
      return rows
    })
  const fetch = (name: string, signal: AbortSignal): Promise<readonly Row[]> =>
    within(signal, async (database) => {
      const message = simpleQuery(`FETCH ${FETCH_ROWS} FROM ${name}`)
      return rowsOfMessages(await database.runExclusive(() => database.execProtocolRaw(message)))
    })
  return {
    query: run,
    async columns(text, signal) {
      let names: readonly string[] = []
      await within(signal, async (database) => {
        names = (await database.query(text)).fields.map(({ name }) => name)
        return []
      })
      return names
    },
    async *stream(statement, signal) {
      const name = `polyprov_${++cursors}`
      try {
        await run({ ...statement, text: `DECLARE ${name} NO SCROLL CURSOR WITH HOLD FOR ${statement.text}` }, signal)
        for (;;) {
          const rows = await fetch(name, signal)
          if (rows.length > 0) yield rows
          if (rows.length < FETCH_ROWS) return
        }
      } finally {
        // There is none where it could not be declared.
        await run({ text: `CLOSE ${name}`, values: [] }, new AbortController().signal).catch(() => {})
      }
    },
    close,
  }
}
