import type { VariableName } from '../../../planner/algebra.ts'
import { createAccumulator } from '../../../planner/functions/aggregates.ts'
import { type Term, termKey } from '../../../planner/term.ts'
import { type TermContext, termsOf } from '../../../planner/views/term-map.ts'
import type { Dictionary } from '../../connector.ts'
import { holds, type TermCondition } from '../../documents/term-tests.ts'
import { type RawDocument, readValue } from '../values.ts'
import { type GroupAccumulator, type GroupRow, groupAccumulator } from './accumulate.ts'
import { boundsIn, holdsDecimals, isRepeated } from './bounds.ts'
import type { ColumnCell, Slot } from './columns.ts'
import { type GroupBy, type Grouping, keysIn } from './group.ts'

interface Group {
  readonly keys: readonly number[]
  readonly accumulators: readonly GroupAccumulator[]
}

/** Groups of terms, gathered from the rows of pipelines. */
export interface Groups {
  /** `false`: the row does not tell what is asked, so that the solutions themselves have to be looked at. */
  add(grouping: Grouping, row: RawDocument): boolean
  /** Ids of the keys and of the aggregates' values. */
  rows(): Iterable<readonly number[]>
}

/** `isOne`: there is a group where there are no solutions (GROUP BY is absent). */
export function groupsOf(
  { keys, aggregates }: GroupBy,
  conditions: readonly TermCondition[],
  isOne: boolean,
  context: TermContext,
  dictionary: Dictionary,
): Groups {
  const groups = new Map<string, Group>()
  const seen = new Map<Grouping, Set<string>>()
  return {
    add(grouping, raw) {
      const read = readRow(grouping, raw, conditions, context)
      if (read === 'unknown') return false
      if (read === 'none') return true
      if (aggregates.length > 0 && isCountedTwice(grouping, read, seen)) return false
      const { row, terms } = read
      const ids = keys.map((name) => dictionary.encode(terms.get(name)!))
      const key = ids.join(' ')
      let group = groups.get(key)
      if (group === undefined) {
        group = { keys: ids, accumulators: grouping.aggregates.map((each) => groupAccumulator(each, context)) }
        groups.set(key, group)
      }
      return group.accumulators.every((accumulator) => accumulator.add(row))
    },
    *rows() {
      const idOf = (term: Term | undefined): number => (term === undefined ? 0 : dictionary.encode(term))
      if (groups.size === 0 && isOne) yield aggregates.map((each) => idOf(createAccumulator(each).result()))
      for (const { keys: ids, accumulators } of groups.values()) {
        yield [...ids, ...accumulators.map((accumulator) => idOf(accumulator.result()))]
      }
    },
  }
}

interface ReadRow {
  readonly row: GroupRow
  readonly terms: ReadonlyMap<VariableName, Term>
  /** All terms that were read. */
  readonly key: string
}

/** Equal values in an array are one term, and so may be values that are two to MongoDB. */
function isCountedTwice(grouping: Grouping, { key, row }: ReadRow, seen: Map<Grouping, Set<string>>): boolean {
  const columns = grouping.read.flatMap(({ cells }) => cells.flatMap((cell) => cell.columns))
  if (columns.every(({ isScalar }) => isScalar)) return false
  if (columns.some((column) => isRepeated(column, row.raw))) return true
  const keys = seen.get(grouping) ?? new Set<string>()
  seen.set(grouping, keys)
  const before = keys.size
  return keys.add(key).size === before
}

function readRow(
  grouping: Grouping,
  raw: RawDocument,
  conditions: readonly TermCondition[],
  context: TermContext,
): ReadRow | 'none' | 'unknown' {
  const values = keysIn(grouping, raw)
  if (values === undefined) return 'unknown'
  const read = new Map<Slot, Term>()
  for (const slot of grouping.read) {
    const term = readSlot(slot, values, raw, conditions, context)
    if (typeof term === 'string') return term
    read.set(slot, term)
  }
  if (!grouping.counted.every(({ cells }) => cells.every((cell) => isTold(cell, raw)))) return 'unknown'
  const terms = new Map<VariableName, Term>()
  for (const [{ position }, term] of read) if (position.variable !== undefined) terms.set(position.variable, term)
  for (const { variable, term } of grouping.member.positions) {
    if (variable === undefined || term === undefined) continue
    if (!conditions.every((each) => each.variable !== variable || holds(term, each))) return 'none'
    terms.set(variable, term)
  }
  const key = JSON.stringify([...read.values()].map(termKey))
  const count = BigInt(`${readValue(raw['n'])}`)
  return { row: { raw, count, termOf: (slot) => read.get(slot)! }, terms, key }
}

/** Of a column that was not read: its values give one term each. */
const isTold = ({ cell, columns }: ColumnCell, raw: RawDocument): boolean => {
  const isNatural = cell.map.kind === 'field' && cell.map.datatype === undefined && cell.map.language === undefined
  return columns.every((column) => boundsIn(column, raw, !isNatural) !== undefined)
}

/** The term that all cells of a slot give; `'unknown'`: MongoDB may have taken another value for this one. */
export function readSlot(
  { position, cells }: Slot,
  values: RawDocument,
  raw: RawDocument,
  conditions: readonly TermCondition[],
  context: TermContext,
): Term | 'none' | 'unknown' {
  let found: Term | undefined = position.term
  for (const { map, columns } of cells) {
    const element: Record<string, unknown> = {}
    for (const column of columns) {
      const value = values[column.name]
      if (Array.isArray(value) || holdsDecimals(column, raw)) return 'unknown'
      element[column.name] = readValue(value)
    }
    const [term] = termsOf(map, { root: element, element, index: 0 }, context)
    if (term === undefined || (found !== undefined && termKey(found) !== termKey(term))) return 'none'
    found = term
  }
  if (found === undefined) return 'none'
  const { variable } = position
  const term = found
  const isHeld = conditions.every((each) => each.variable !== variable || holds(term, each))
  return isHeld ? term : 'none'
}
