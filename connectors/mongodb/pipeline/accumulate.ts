import type { Aggregate } from '../../../planner/algebra.ts'
import { createAccumulator } from '../../../planner/functions/aggregates.ts'
import { arithmetic } from '../../../planner/functions/numeric.ts'
import { integerTerm, integerValue, numericTerm } from '../../../planner/functions/numeric-values.ts'
import type { Term } from '../../../planner/term.ts'
import { type TermContext, termsOf } from '../../../planner/views/term-map.ts'
import type { RawDocument } from '../values.ts'
import { boundsIn, sumIn } from './bounds.ts'
import type { Column, Slot } from './columns.ts'
import type { GroupedAggregate } from './group.ts'

/** A row of a pipeline: solutions that have these terms in common. */
export interface GroupRow {
  readonly raw: RawDocument
  readonly count: bigint
  readonly termOf: (slot: Slot) => Term
}

/** What an aggregate gathers over one group of terms; `false`: a row does not tell it. */
export interface GroupAccumulator {
  add(row: GroupRow): boolean
  result(): Term | undefined
}

export function groupAccumulator(grouped: GroupedAggregate, context: TermContext): GroupAccumulator {
  switch (grouped.of) {
    case 'solutions':
      return counter()
    case 'terms': {
      const accumulator = createAccumulator({ ...grouped.aggregate, distinct: true })
      return {
        add(row) {
          accumulator.add(row.termOf(grouped.slot))
          return true
        },
        result: accumulator.result,
      }
    }
    case 'bounds': {
      const { function: name } = grouped.aggregate
      return name === 'sum' || name === 'avg'
        ? total(grouped.column, name)
        : extreme(grouped.aggregate, grouped.column, context)
    }
  }
}

function counter(): GroupAccumulator {
  let solutions = 0n
  return {
    add({ count }) {
      solutions += count
      return true
    },
    result: () => integerTerm(solutions),
  }
}

function extreme(aggregate: Aggregate, column: Column, context: TermContext): GroupAccumulator {
  const accumulator = createAccumulator({ ...aggregate, distinct: false })
  const natural = { kind: 'field', field: ['value'], termType: 'literal' } as const
  return {
    add({ raw }) {
      const bounds = boundsIn(column, raw, false)
      if (bounds?.bracket === undefined) return false
      const value = aggregate.function === 'min' ? bounds.least : bounds.greatest
      const [term] = termsOf(natural, { root: null, element: { value }, index: 0 }, context)
      accumulator.add(term)
      return term !== undefined
    },
    result: accumulator.result,
  }
}

/** Of integers: AVG of them is a decimal (SPARQL 1.1, section 18.5.1.4), and zero of none. */
function total(column: Column, name: 'sum' | 'avg'): GroupAccumulator {
  let sum = 0n
  let solutions = 0n
  return {
    add({ raw, count }) {
      const own = sumIn(column, raw, count)
      if (own === undefined) return false
      sum += own
      solutions += count
      return true
    },
    result() {
      if (name === 'sum' || solutions === 0n) return integerTerm(sum)
      return numericTerm(arithmetic('/', integerValue(sum), integerValue(solutions)))
    },
  }
}
