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
  /** All of `capacity` rows. */
  columns: Uint32Array[]
  length: number
  capacity: number
}

export const rowBuilder = (slots: number): RowBuilder => ({
  columns: emptyColumns(slots, FIRST_ROWS),
  length: 0,
  capacity: FIRST_ROWS,
})

const emptyColumns = (slots: number, rows: number): Uint32Array[] =>
  Array.from({ length: slots }, () => new Uint32Array(rows))

/** Appends a copy of a row, of the slots that may be bound in it; its place. */
export function extendRow(out: RowBuilder, rows: Rows, row: number, carried: readonly number[]): number {
  const at = out.length++
  for (const slot of carried) out.columns[slot]![at] = rows.columns[slot]![row]!
  return at
}

/** The rows so far; the builder starts afresh. */
export function takeRows(out: RowBuilder): Rows {
  const rows = { columns: out.columns, length: out.length }
  out.capacity = Math.min(BLOCK_ROWS, out.capacity * 4)
  out.columns = emptyColumns(out.columns.length, out.capacity)
  out.length = 0
  return rows
}

/** What a step is told of the rows it extends. */
export interface Frame {
  /** Slots in all. */
  readonly slots: number
  /** Those that may be bound in the rows that come in. */
  readonly carried: readonly number[]
  readonly reading: Reading
}

/** What the steps of one evaluation share. */
export interface Reading {
  readonly snapshot: Snapshot
  /** Rows examined since the last pause. */
  work: number
}

/** Rows that may be examined between two pauses: some milliseconds. */
export const WORK_LIMIT = 1 << 17

/** Rows of one read: most reads are of few. */
export const READ_ROWS = 256

/** A cursor with room for a block. */
export interface Reader {
  readonly cursor: Cursor
  readonly block: QuadBlock
}

export const reader = ({ snapshot }: Reading): Reader => ({
  cursor: snapshot.cursor(),
  block: quadBlock(READ_ROWS),
})
