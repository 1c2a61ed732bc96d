import { columnOf } from '../../../connectors/batch.ts'
import type { Dictionary } from '../../../connectors/connector.ts'
import type { Aggregate, VariableName } from '../../../planner/algebra.ts'
import { type Accumulator, createAccumulator } from '../../../planner/functions/aggregates.ts'
import { integerTerm, numericTerm } from '../../../planner/functions/numeric-values.ts'
import type { Term } from '../../../planner/term.ts'
import type { GroupedAggregate } from './aggregate.ts'
import { growing } from './growing.ts'
import { createNumberReader, NUMBER_KINDS } from './number-reader.ts'

/**
 * SUM of a column: of integers and doubles as doubles, for as long as they are exact or inexact by nature. A group that
 * meets anything else (decimals, floats, large integers, no number) goes on by an accumulator, which begins with the sum
 * so far.
 */
export function sumOf(name: VariableName, aggregate: Aggregate, dictionary: Dictionary): GroupedAggregate {
  const totals = growing()
  const inexact = growing()
  const others = new Map<number, Accumulator>()
  const numbers = createNumberReader(dictionary)
  let kinds = new Uint8Array(0)
  let values = new Float64Array(0)
  /** What no total of integers alone can pass; infinite as soon as there are other totals. */
  let reach = 0
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
  /** Whether totals of integers alone are exact with so many values more. */
  const staysExact = (length: number): boolean => {
    reach += largest(values, length) * length
    return reach <= Number.MAX_SAFE_INTEGER
  }
  const addEach = (
    column: Uint32Array,
    groups: Uint32Array,
    start: number,
    end: number,
    sums: Float64Array,
    doubles: Float64Array,
  ): void => {
    for (let row = start; row < end; row++) {
      const group = groups[row]!
      const kind = kinds[row - start]!
      const sum = sums[group]! + values[row - start]!
      const isDouble = kind === NUMBER_KINDS.double || doubles[group] === 1
      const isExact = isDouble || (sum <= Number.MAX_SAFE_INTEGER && sum >= Number.MIN_SAFE_INTEGER)
      if (kind > NUMBER_KINDS.double || !isExact || (others.size > 0 && others.has(group))) {
        addToOther(group, column[row]!)
        continue
      }
      sums[group] = sum
      if (isDouble) doubles[group] = 1
    }
  }
  return {
    add(batch, groups, start, end, count) {
      const sums = totals.upTo(count)
      const doubles = inexact.upTo(count)
      const column = columnOf(batch, name) ?? new Uint32Array(batch.length)
      if (kinds.length < end - start) {
        kinds = new Uint8Array(end - start)
        values = new Float64Array(end - start)
      }
      const kind = numbers.readAll(column, start, end, kinds, values)
      if (kind === NUMBER_KINDS.integer && staysExact(end - start)) {
        for (let row = start; row < end; row++) sums[groups[row]!]! += values[row - start]!
      } else if (kind === NUMBER_KINDS.double && others.size === 0) {
        reach = Number.POSITIVE_INFINITY
        for (let row = start; row < end; row++) {
          sums[groups[row]!]! += values[row - start]!
          doubles[groups[row]!] = 1
        }
      } else {
        reach = Number.POSITIVE_INFINITY
        addEach(column, groups, start, end, sums, doubles)
      }
    },
    result(group) {
      const other = others.get(group)
      return other === undefined ? soFar(group) : other.result()
    },
  }
}

/** The largest absolute value of the first `length`. */
function largest(values: Float64Array, length: number): number {
  let most = 0
  for (let index = 0; index < length; index++) {
    const value = Math.abs(values[index]!)
    if (value > most) most = value
  }
  return most
}
