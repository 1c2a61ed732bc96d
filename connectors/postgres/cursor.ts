import type { Connection, Submittable } from 'pg'
import type { Row, Statement } from './database.ts'

/** The extended query protocol as `pg` speaks it; its types leave these members out. */
interface Protocol {
  parse(query: { readonly text: string; readonly name: string; readonly types: readonly number[] }): void
  close(what: { readonly type: 'S'; readonly name: string }): void
  bind(config: {
    readonly portal: string
    readonly statement: string
    readonly values: readonly string[]
    readonly binary: boolean
    readonly valueMapper: (value: string) => string
  }): void
  execute(config: { readonly portal: string; readonly rows: number }): void
  flush(): void
  sync(): void
  readonly stream: { cork?(): void; uncork?(): void }
}

/** A statement under way on one connection, whose rows come as they are asked for: a portal of the protocol. */
export interface Cursor extends Submittable {
  /** The next rows, none where there are no more. One call at a time. */
  read(): Promise<readonly Row[]>
  /** Gives up the rows that were not read; the connection can be used again. */
  close(): void
}

interface Waiting {
  readonly resolve: (rows: readonly Row[]) => void
  readonly reject: (error: unknown) => void
}

/** How the text of a statement gets to the server. */
export interface Preparation {
  /** The prepared statement that it is; empty: it is prepared for this once. */
  readonly name: string
  /** Whether the server has it. */
  readonly isThere: boolean
  /** A prepared statement that is needed no more. */
  readonly dropped?: string
}

export const UNPREPARED: Preparation = { name: '', isThere: false }

export function createCursor({ text, values }: Statement, count: number, preparation = UNPREPARED): Cursor {
  let protocol: Protocol | undefined
  let state: 'new' | 'open' | 'done' | 'failed' = 'new'
  let failure: unknown
  let rows: Row[] = []
  let waiting: Waiting | undefined
  let isAsked = false

  const settle = (): void => {
    const waiter = waiting
    waiting = undefined
    isAsked = false
    const found = rows
    rows = []
    if (state === 'failed') waiter?.reject(failure)
    else waiter?.resolve(found)
  }
  const execute = (): void => {
    isAsked = true
    protocol!.execute({ portal: '', rows: count })
    protocol!.flush()
  }
  const handlers = {
    submit(connection: Connection): void {
      protocol = connection as unknown as Protocol
      state = 'open'
      protocol.stream.cork?.()
      const { name, isThere, dropped } = preparation
      if (dropped !== undefined) protocol.close({ type: 'S', name: dropped })
      if (!isThere) protocol.parse({ text, name, types: [] })
      protocol.bind({ portal: '', statement: name, values, binary: false, valueMapper: (value) => value })
      execute()
      protocol.stream.uncork?.()
    },
    handleRowDescription(): void {},
    handleDataRow({ fields }: { readonly fields: Row }): void {
      rows.push(fields)
    },
    handlePortalSuspended: settle,
    handleCommandComplete(): void {
      state = 'done'
      protocol!.sync()
      settle()
    },
    handleEmptyQuery(): void {
      handlers.handleCommandComplete()
    },
    handleReadyForQuery(): void {},
    handleError(error: unknown): void {
      const isOpen = state === 'open'
      state = 'failed'
      failure = error
      if (isOpen) protocol!.sync()
      settle()
    },
    read(): Promise<readonly Row[]> {
      return new Promise((resolve, reject) => {
        if (state === 'failed') return reject(failure)
        if (state === 'done') return resolve([])
        waiting = { resolve, reject }
        // The first rows are asked for together with the statement.
        if (state === 'open' && !isAsked) execute()
      })
    },
    close(): void {
      if (state !== 'open') return
      state = 'done'
      protocol!.sync()
    },
  }
  return handlers
}
