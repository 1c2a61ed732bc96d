import type { Pattern } from '../../planner/algebra.ts'
import { PolyprovError } from '../../planner/errors.ts'
import { isVariable, type PatternTerm, type Quad, type Term, termKey } from '../../planner/term.ts'
import type { Bindings } from '../connector.ts'

/** Most rows that one object may give: beyond them patterns share no variable and multiply. */
const MOST_ROWS = 1_000_000

type Row = Readonly<Record<string, Term>>
type Position = 'subject' | 'predicate' | 'object'
const POSITIONS = ['subject', 'predicate', 'object'] as const

/**
 * The solutions of a basic graph pattern over a set of triples in memory (SPARQL 1.1, section 18.3.1), graphs aside.
 * Rejects with `memory` where they are too many.
 */
export function matchTriples(patterns: readonly Pattern[], triples: readonly Quad[]): Bindings[] {
  let rows: Row[] = [{}]
  const bound = new Set<string>()
  const left = [...patterns]
  while (left.length > 0 && rows.length > 0) {
    const pattern = takeMostBound(left, bound)
    rows = extendRows(rows, pattern, triples, bound)
    for (const position of POSITIONS) if (isVariable(pattern[position])) bound.add(pattern[position].value)
  }
  return rows
}

/** The pattern with most constants and bound variables, taken out of the list: what it shares keeps the rows few. */
function takeMostBound(patterns: Pattern[], bound: ReadonlySet<string>): Pattern {
  const weight = (pattern: Pattern) => POSITIONS.filter((position) => isKnown(pattern[position], bound)).length
  let best = 0
  for (let index = 1; index < patterns.length; index++)
    if (weight(patterns[index]!) > weight(patterns[best]!)) best = index
  return patterns.splice(best, 1)[0]!
}

const isKnown = (term: PatternTerm, bound: ReadonlySet<string>): boolean => !isVariable(term) || bound.has(term.value)

function extendRows(
  rows: readonly Row[],
  pattern: Pattern,
  triples: readonly Quad[],
  bound: ReadonlySet<string>,
): Row[] {
  const joined = POSITIONS.filter((position) => isVariable(pattern[position]) && bound.has(pattern[position].value))
  const candidates = indexBy(
    joined,
    triples.filter((triple) => agreesWithConstants(pattern, triple)),
  )
  const extended: Row[] = []
  for (const row of rows) {
    const key = joined.map((position) => termKey(row[pattern[position].value]!)).join('\n')
    for (const triple of candidates.get(key) ?? []) {
      const next = bind(row, pattern, triple)
      if (next !== undefined) extended.push(next)
      if (extended.length > MOST_ROWS)
        throw new PolyprovError(
          'memory',
          `The patterns have more than ${MOST_ROWS} solutions in one object: join them by a variable`,
        )
    }
  }
  return extended
}

function agreesWithConstants(pattern: Pattern, triple: Quad): boolean {
  return POSITIONS.every((position) => {
    const term = pattern[position]
    return isVariable(term) || termKey(term) === termKey(triple[position])
  })
}

function indexBy(positions: readonly Position[], triples: readonly Quad[]): ReadonlyMap<string, readonly Quad[]> {
  const index = new Map<string, Quad[]>()
  for (const triple of triples) {
    const key = positions.map((position) => termKey(triple[position])).join('\n')
    const entry = index.get(key)
    if (entry === undefined) index.set(key, [triple])
    else entry.push(triple)
  }
  return index
}

/** The row with the pattern's variables bound; `undefined` where one would have two values. */
function bind(row: Row, pattern: Pattern, triple: Quad): Row | undefined {
  const next: Record<string, Term> = { ...row }
  for (const position of POSITIONS) {
    const term = pattern[position]
    if (!isVariable(term)) continue
    const known = next[term.value]
    if (known === undefined) next[term.value] = triple[position]
    else if (termKey(known) !== termKey(triple[position])) return undefined
  }
  return next
}
