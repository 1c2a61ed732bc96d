import type { Cursor, QuadBlock, Snapshot } from '../store/index.ts'
import { quadBlock } from '../store/index.ts'

/** Rows between the steps of an evaluation: a column of ids for each slot, 0 where nothing is bound yet. */
export interface Rows {
  readonly columns: readonly Uint32Array[]
  readonly length: number
}

/** `undefined` is a pause: nothing was found for a while, and others should have their turn. */
export type RowStream = Generator<Rows | undefined, void>

/** A position of a pattern: a constant, or the slot of a variable. */
export type Position =
  | { readonly kind: 'constant'; readonly id: number }
  | { readonly kind: 'slot'; readonly slot: number }

/** The value of a position in a row, 0 where it is free. */
export const valueAt = (position: Position, rows: Rows, row: number): number =>
  position.kind === 'constant' ? position.id : rows.columns[position.slot]![row]!

export const BLOCK_ROWS = 4096
const FIRST_ROWS = 64

/** Gathers rows into blocks that start small, so that the first rows are early, and grow. */
export interface RowBuilder {
  readonly columns: readonly Uint32Array[]
  readonly length: number
  readonly full: boolean
  /** Appends a copy of a row; its place. */
  extend(rows: Rows, row: number): number
  /** The rows so far; starts afresh. */
  take(): Rows
}

export function rowBuilder(slots: number): RowBuilder {
  let capacity = FIRST_ROWS
  let columns = Array.from({ length: slots }, () => new Uint32Array(capacity))
  let length = 0
  return {
    get columns() {
      return columns
    },
    get length() {
      return length
    },
    get full() {
      return length === capacity
    },
    extend(rows, row) {
      for (let slot = 0; slot < slots; slot++) columns[slot]![length] = rows.columns[slot]![row]!
      return length++
    },
    take() {
      const rows = { columns, length }
      capacity = Math.min(BLOCK_ROWS, capacity * 4)
      columns = Array.from({ length: slots }, () => new Uint32Array(capacity))
      length = 0
      return rows
    },
  }
}

/** What the steps of one evaluation share. */
export interface Reading {
  readonly snapshot: Snapshot
  /** Rows examined since the last pause. */
  work: number
}

/** Rows that may be examined between two pauses: some milliseconds. */
export const WORK_LIMIT = 1 << 17

/** A cursor with room for a block. */
export interface Reader {
  readonly cursor: Cursor
  readonly block: QuadBlock
}

export const reader = ({ snapshot }: Reading): Reader => ({ cursor: snapshot.cursor(), block: quadBlock(1024) })
