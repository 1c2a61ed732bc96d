import type { Aggregate } from '../algebra.ts'
import { type Term, termKey } from '../term.ts'
import { LONGEST_STRING, stringTerm, stringTooLong } from './literals.ts'
import { arithmetic } from './numeric.ts'
import { integerTerm, integerValue, type NumericValue, numericTerm, numericValue } from './numeric-values.ts'
import { compareSortKeys, type SortKey, sortKey } from './order.ts'

/** What an aggregate gathers over one group. */
export interface Accumulator {
  /** Takes the expression's value in one solution; `undefined` is an error or unbound. */
  add(term: Term | undefined): void
  /** The aggregate's value so far; `undefined` is an error, which leaves the variable unbound. */
  result(): Term | undefined
}

const ZERO = integerValue(0)

/** Without an expression (`COUNT(*)`) every solution counts, else those that give a term. */
function count(everything: boolean): Accumulator {
  let total = 0
  return {
    add: (term) => {
      if (everything || term !== undefined) total++
    },
    result: () => integerTerm(total),
  }
}

/** The sum of all values so far, and their number; one that is not a number makes it an error for good. */
function total(finish: (sum: NumericValue, count: number) => NumericValue | undefined): Accumulator {
  let sum: NumericValue | undefined = ZERO
  let terms = 0
  return {
    add: (term) => {
      if (sum === undefined) return
      const value = numericValue(term)
      terms++
      sum = value === undefined ? undefined : arithmetic('+', sum, value)
    },
    result: () => (sum === undefined ? undefined : numericTerm(finish(sum, terms))),
  }
}

/** The term that comes first (`direction` -1) or last (1) in the order of ORDER BY; an error is unbound and so first. */
function extreme(direction: -1 | 1): Accumulator {
  let best: Term | undefined
  let bestKey: SortKey | undefined
  return {
    add: (term) => {
      const key = sortKey(term)
      if (bestKey !== undefined && compareSortKeys(key, bestKey) * direction <= 0) return
      best = term
      bestKey = key
    },
    result: () => best,
  }
}

function sample(): Accumulator {
  let chosen: Term | undefined
  return {
    add: (term) => {
      chosen ??= term
    },
    result: () => chosen,
  }
}

/** Joins the terms' `STR()`; a simple literal always. A blank node or an error makes it an error. */
function groupConcat(separator: string): Accumulator {
  const parts: string[] = []
  let length = 0
  let failed = false
  return {
    add: (term) => {
      if (failed || term === undefined || term.termType === 'BlankNode') {
        failed = true
        return
      }
      parts.push(term.value)
      length += term.value.length + separator.length
      if (length > LONGEST_STRING) throw stringTooLong()
    },
    result: () => (failed ? undefined : stringTerm(parts.join(separator))),
  }
}

/** Hands on each term once (by term, not by value), and every error. */
function distinct(accumulator: Accumulator): Accumulator {
  const seen = new Set<string>()
  return {
    add: (term) => {
      if (term !== undefined) {
        const key = termKey(term)
        if (seen.has(key)) return
        seen.add(key)
      }
      accumulator.add(term)
    },
    result: accumulator.result,
  }
}

function plain(aggregate: Aggregate): Accumulator {
  switch (aggregate.function) {
    case 'count':
      return count(aggregate.expression === undefined)
    case 'sum':
      return total((sum) => sum)
    case 'avg':
      return total((sum, terms) => (terms === 0 ? ZERO : arithmetic('/', sum, integerValue(terms))))
    case 'min':
      return extreme(-1)
    case 'max':
      return extreme(1)
    case 'sample':
      return sample()
    case 'groupConcat':
      return groupConcat(aggregate.separator ?? ' ')
  }
}

/**
 * The accumulator of an aggregate over one group (SPARQL 1.1, section 18.5.1). DISTINCT is done here; for
 * `COUNT(DISTINCT *)`, which compares whole solutions, each solution must be added once only.
 */
export function createAccumulator(aggregate: Aggregate): Accumulator {
  const accumulator = plain(aggregate)
  return aggregate.distinct && aggregate.expression !== undefined ? distinct(accumulator) : accumulator
}
