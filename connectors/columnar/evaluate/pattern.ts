import { type Cursor, NAMED_GRAPHS, type QuadBlock } from '../store/index.ts'
import {
  extendRow,
  type Frame,
  type Position,
  READ_ROWS,
  type RowBuilder,
  type RowStream,
  type Rows,
  reader,
  rowBuilder,
  takeRows,
  valueAt,
  WORK_LIMIT,
} from './rows.ts'

/** A triple pattern over slots; the graph is the default graph (the constant 0), a named graph, or a slot. */
export interface PatternStep {
  readonly kind: 'pattern'
  readonly subject: Position
  readonly predicate: Position
  readonly object: Position
  readonly graph: Position
}

const PLACES = ['subject', 'predicate', 'object', 'graph'] as const
const COLUMNS = ['subjects', 'predicates', 'objects', 'graphs'] as const

/** Where a block's columns go, and which must agree since they are of one variable. */
interface Targets {
  readonly slots: readonly { readonly slot: number; readonly column: keyof QuadBlock }[]
  readonly equal: readonly (readonly [keyof QuadBlock, keyof QuadBlock])[]
}

function targetsOf(step: PatternStep): Targets {
  const slots: { slot: number; column: keyof QuadBlock }[] = []
  const equal: [keyof QuadBlock, keyof QuadBlock][] = []
  PLACES.forEach((place, index) => {
    const position = step[place]
    if (position.kind === 'constant') return
    const column = COLUMNS[index]!
    const first = slots.find(({ slot }) => slot === position.slot)
    if (first === undefined) slots.push({ slot: position.slot, column })
    else equal.push([first.column, column])
  })
  return { slots, equal }
}

/** Extends each row by the quads that agree with it: one look into the index a row. */
export function* extendByPattern(step: PatternStep, input: RowStream, { slots, carried, reading }: Frame): RowStream {
  const targets = targetsOf(step)
  const { cursor, block } = reader(reading)
  const out = rowBuilder(slots)
  for (const rows of input) {
    if (rows === undefined) {
      yield undefined
      continue
    }
    for (let row = 0; row < rows.length; row++) {
      openFor(step, rows, row, cursor)
      do {
        const found = cursor.read(block, READ_ROWS)
        reading.work += found + 4
        let index = 0
        while (index < found) {
          index = emit(block, index, found, rows, row, carried, targets, out)
          if (out.length === out.capacity) yield takeRows(out)
        }
        if (reading.work > WORK_LIMIT) {
          reading.work = 0
          yield undefined
        }
      } while (!cursor.ended)
    }
    if (out.length > 0) yield takeRows(out)
  }
}

function openFor(step: PatternStep, rows: Rows, row: number, cursor: Cursor): void {
  const graph = valueAt(step.graph, rows, row)
  cursor.open(
    valueAt(step.subject, rows, row),
    valueAt(step.predicate, rows, row),
    valueAt(step.object, rows, row),
    graph === 0 && step.graph.kind === 'slot' ? NAMED_GRAPHS : graph,
  )
}

/** Appends rows for a block's quads from `start` on, until `out` is full; the next quad. */
function emit(
  block: QuadBlock,
  start: number,
  found: number,
  rows: Rows,
  row: number,
  carried: readonly number[],
  targets: Targets,
  out: RowBuilder,
): number {
  let index = start
  for (; index < found && out.length < out.capacity; index++) {
    if (targets.equal.length > 0 && !agrees(block, index, targets)) continue
    const at = extendRow(out, rows, row, carried)
    for (const { slot, column } of targets.slots) out.columns[slot]![at] = block[column][index]!
  }
  return index
}

function agrees(block: QuadBlock, index: number, { equal }: Targets): boolean {
  for (const [left, right] of equal) if (block[left][index] !== block[right][index]) return false
  return true
}
