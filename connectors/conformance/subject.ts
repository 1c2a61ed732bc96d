import { defaultGraph, type Quad, type Term, termKey } from '../../planner/term.ts'
import type { ConformanceSubject } from '../conformance.ts'
import type { Connector } from '../connector.ts'

/** Opens the subject for one piece of work, and closes it whatever comes of it. */
export async function using(subject: ConformanceSubject, work: (connector: Connector) => Promise<void>): Promise<void> {
  const connector = await subject.open()
  try {
    await connector.describe(new AbortController().signal)
    await work(connector)
  } finally {
    await connector[Symbol.asyncDispose]?.()
  }
}

/** The quads that a pattern sees. */
export const seenBy = (subject: ConformanceSubject, hasPredicate: boolean): readonly Quad[] =>
  hasPredicate ? subject.quads : subject.quads.filter(({ predicate }) => subject.hidden?.has(predicate.value) !== true)

/** A few quads of every predicate and graph, so that the checks stay quick on larger data. */
export function samples(quads: readonly Quad[], most = 2): readonly Quad[] {
  const counts = new Map<string, number>()
  return quads.filter(({ predicate, graph, object }) => {
    const key = `${predicate.value} ${graph.value} ${object.termType}`
    const count = (counts.get(key) ?? 0) + 1
    counts.set(key, count)
    return count <= most
  })
}

export const distinctTerms = <Kind extends Term>(terms: readonly Kind[]): readonly Kind[] => [
  ...new Map(terms.map((term) => [termKey(term), term])).values(),
]

export const inDefaultGraph = (quads: readonly Quad[]): readonly Quad[] =>
  quads.filter(({ graph }) => graph.termType === defaultGraph.termType)

/** Rejects where two lists of texts differ, naming the first differences. */
export function expectSame(actual: readonly string[], expected: readonly string[], what: string): void {
  const missing = without(expected, actual)
  const extra = without(actual, expected)
  if (missing.length === 0 && extra.length === 0) return
  const list = (texts: readonly string[]) => (texts.length === 0 ? 'nothing' : texts.slice(0, 3).join(' ; '))
  throw new Error(`${what}: missing ${list(missing)}; too much ${list(extra)}`)
}

function without(texts: readonly string[], others: readonly string[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const text of others) counts.set(text, (counts.get(text) ?? 0) + 1)
  return texts.filter((text) => {
    const count = counts.get(text) ?? 0
    counts.set(text, count - 1)
    return count <= 0
  })
}

export function expectThat(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Error(message)
}
