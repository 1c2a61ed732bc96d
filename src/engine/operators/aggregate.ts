import { alignBatch, columnOf } from '../../../connectors/batch.ts'
import type { Batch, Dictionary } from '../../../connectors/connector.ts'
import type { Aggregate, VariableName } from '../../../planner/algebra.ts'
import { compile } from '../../../planner/evaluate.ts'
import { type Accumulator, createAccumulator } from '../../../planner/functions/aggregates.ts'
import { integerTerm, numericTerm } from '../../../planner/functions/numeric-values.ts'
import type { Term } from '../../../planner/term.ts'
import type { QueryContext } from '../context.ts'
import { rowCursor } from '../row.ts'
import { createNumberReader, NUMBER_KINDS, type NumberReader } from './number-reader.ts'

/** One aggregate over all groups at once. */
export interface GroupedAggregate {
  /** Takes rows `start` to `end` (excluded) of a batch; `groups[row]` is the number of the row's group. */
  add(batch: Batch, groups: Uint32Array, start: number, end: number): void
  /** The aggregate of a group; one that took no row has its value of no rows. */
  result(group: number): Term | undefined
}

/** Counts and sums of a column stay numbers; everything else goes through an accumulator of terms for each group. */
export function createAggregate(
  aggregate: Aggregate,
  inputVariables: readonly VariableName[],
  context: QueryContext,
): GroupedAggregate {
  const { expression, distinct } = aggregate
  const column = expression?.kind === 'variable' ? expression.name : undefined
  if (!distinct && aggregate.function === 'count' && (expression === undefined || column !== undefined)) {
    return countOf(column)
  }
  if (!distinct && aggregate.function === 'sum' && column !== undefined) {
    return sumOf(column, aggregate, context.dictionary)
  }
  return accumulated(aggregate, inputVariables, context)
}

/** A column of numbers that grows with the number of groups. */
function growing() {
  let values = new Float64Array(64)
  return {
    upTo(length: number): Float64Array {
      if (length > values.length) {
        const larger = new Float64Array(Math.max(length, values.length * 2))
        larger.set(values)
        values = larger
      }
      return values
    },
    get: (group: number): number => values[group] ?? 0,
  }
}

function highest(groups: Uint32Array, start: number, end: number): number {
  let most = 0
  for (let row = start; row < end; row++) if (groups[row]! > most) most = groups[row]!
  return most
}

function countOf(name: VariableName | undefined): GroupedAggregate {
  const totals = growing()
  return {
    add(batch, groups, start, end) {
      const counts = totals.upTo(highest(groups, start, end) + 1)
      if (name === undefined) {
        for (let row = start; row < end; row++) counts[groups[row]!]!++
        return
      }
      const column = columnOf(batch, name)
      if (column === undefined) return
      for (let row = start; row < end; row++) if (column[row] !== 0) counts[groups[row]!]!++
    },
    result: (group) => integerTerm(totals.get(group)),
  }
}

/**
 * Sums of integers and doubles as doubles, for as long as they are exact or inexact by nature. A group that meets
 * anything else (decimals, floats, large integers, no number) goes on by an accumulator, which begins with the sum so far.
 */
function sumOf(name: VariableName, aggregate: Aggregate, dictionary: Dictionary): GroupedAggregate {
  const totals = growing()
  const inexact = growing()
  const others = new Map<number, Accumulator>()
  const numbers: NumberReader = createNumberReader(dictionary)
  const soFar = (group: number): Term | undefined =>
    inexact.get(group) === 0
      ? integerTerm(totals.get(group))
      : numericTerm({ kind: 'double', value: totals.get(group) })
  const addToOther = (group: number, id: number): void => {
    let accumulator = others.get(group)
    if (accumulator === undefined) {
      accumulator = createAccumulator(aggregate)
      accumulator.add(soFar(group))
      others.set(group, accumulator)
    }
    accumulator.add(id === 0 ? undefined : dictionary.decode(id))
  }
  return {
    add(batch, groups, start, end) {
      const length = highest(groups, start, end) + 1
      const sums = totals.upTo(length)
      const doubles = inexact.upTo(length)
      const column = columnOf(batch, name)
      for (let row = start; row < end; row++) {
        const group = groups[row]!
        const id = column?.[row] ?? 0
        const kind = id === 0 ? NUMBER_KINDS.none : numbers.kind(id)
        if (kind > NUMBER_KINDS.double || (others.size > 0 && others.has(group))) {
          addToOther(group, id)
          continue
        }
        const sum = sums[group]! + numbers.value()
        const isDouble = kind === NUMBER_KINDS.double || doubles[group] === 1
        if (!isDouble && !Number.isSafeInteger(sum)) {
          addToOther(group, id)
          continue
        }
        sums[group] = sum
        if (isDouble) doubles[group] = 1
      }
    },
    result(group) {
      const other = others.get(group)
      return other === undefined ? soFar(group) : other.result()
    },
  }
}

function accumulated(
  aggregate: Aggregate,
  inputVariables: readonly VariableName[],
  context: QueryContext,
): GroupedAggregate {
  const accumulators: Accumulator[] = []
  const feed = feeder(aggregate, inputVariables, context)
  const of = (group: number): Accumulator => {
    while (accumulators.length <= group) accumulators.push(createAccumulator(aggregate))
    return accumulators[group]!
  }
  return {
    add(batch, groups, start, end) {
      for (let row = start; row < end; row++) feed(of(groups[row]!), batch, row)
    },
    result: (group) => of(group).result(),
  }
}

/** How a row feeds an accumulator: a variable is read by its column, anything else is evaluated. */
function feeder(
  { expression }: Aggregate,
  inputVariables: readonly VariableName[],
  { dictionary, evaluation }: QueryContext,
): (accumulator: Accumulator, batch: Batch, row: number) => void {
  if (expression === undefined) return countDistinctRows(inputVariables)
  if (expression.kind === 'variable') {
    const { name } = expression
    return (accumulator, batch, row) => {
      const id = columnOf(batch, name)?.[row] ?? 0
      accumulator.add(id === 0 ? undefined : dictionary.decode(id))
    }
  }
  const evaluate = compile(expression)
  const cursor = rowCursor(dictionary)
  return (accumulator, batch, row) => {
    cursor.move(batch, row)
    accumulator.add(evaluate(cursor, evaluation))
  }
}

/** COUNT(DISTINCT *) counts whole solutions, which no accumulator of terms can tell apart. */
function countDistinctRows(
  variables: readonly VariableName[],
): (accumulator: Accumulator, batch: Batch, row: number) => void {
  const seen = new WeakMap<Accumulator, Set<string>>()
  return (accumulator, batch, row) => {
    const known = seen.get(accumulator) ?? new Set()
    seen.set(accumulator, known)
    const key = rowKey(alignBatch(batch, variables), row)
    if (!known.has(key)) accumulator.add(undefined)
    known.add(key)
  }
}

const rowKey = (batch: Batch, row: number): string => batch.columns.map((column) => column[row]).join(' ')
