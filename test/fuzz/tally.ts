import type { Verdict } from './fault.ts'
import { type RandomQuery, textOf } from './generate.ts'

/** What a run of random queries came to. */
export interface Summary {
  readonly queries: number
  /** Compared with Oxigraph, and with our own engine without rules where Oxigraph is known to do otherwise. */
  readonly oxigraph: number
  readonly definition: number
  /** Refused by Oxigraph: the generator's texts are not all allowed. */
  readonly refused: number
  /** Queries that were compared, by what they hold. */
  readonly holding: Readonly<Record<string, number>>
}

const FEATURES: Readonly<Record<string, RegExp>> = {
  SELECT: / SELECT /,
  ASK: / ASK /,
  CONSTRUCT: / CONSTRUCT /,
  'FROM, FROM NAMED': / FROM /,
  OPTIONAL: /OPTIONAL/,
  UNION: /UNION/,
  MINUS: /MINUS/,
  'FILTER EXISTS': /EXISTS/,
  FILTER: /FILTER/,
  BIND: /BIND\(/,
  VALUES: /VALUES/,
  GRAPH: /GRAPH/,
  subquery: /\{ SELECT/,
  'property path': /\)[*+?]|\S\/\S*[:^(]|\||!/,
  aggregate: /\b(COUNT|SUM|AVG|MIN|MAX|SAMPLE|GROUP_CONCAT)\(/,
  'ORDER BY': /ORDER BY/,
  'LIMIT, OFFSET': /LIMIT|OFFSET/,
  DISTINCT: /SELECT DISTINCT/,
}

/** Counts verdicts, and says now and then how far it is. */
export function createTally(expected: number) {
  const counts = { queries: 0, oxigraph: 0, definition: 0, refused: 0 }
  const holding: Record<string, number> = Object.fromEntries(Object.keys(FEATURES).map((name) => [name, 0]))
  return {
    count(query: RandomQuery, verdict: Verdict): void {
      counts.queries++
      if (verdict.kind === 'refused') counts.refused++
      if (verdict.kind === 'same') {
        counts[verdict.by]++
        const text = textOf(query)
        for (const [name, pattern] of Object.entries(FEATURES)) if (pattern.test(text)) holding[name]!++
      }
      if (counts.queries % 5_000 === 0) console.log(`${counts.queries} of ${expected} queries`)
    },
    summary: (): Summary => ({ ...counts, holding }),
  }
}
