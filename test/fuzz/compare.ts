import { blankNode, defaultGraph, literal, namedNode, quad, Store } from 'oxigraph'
import { PolyprovError } from '../../planner/errors.ts'
import { type Quad, type Term, termKey } from '../../planner/term.ts'
import type { Polystore, QueryOptions } from '../../src/polystore.ts'
import type { RandomQuery } from './generate.ts'
import { quadsOf } from './stores.ts'

/*
 * What Oxigraph 0.5 does otherwise than the standard; expressions are in test/unit/functions/oxigraph.test.ts. The
 * generators leave these out, or the answers are compared with those of our own engine without any rule.
 *
 * - `?s :p|:q ?o` and `?s !(:p|^:q) ?o` give each pair once (18.4: alternatives are a union, which keeps duplicates)
 * - in `GRAPH ?g { P }` the variable is bound within P (18.6: joined with the solutions of P for each graph), so that
 *   both sides of a MINUS there have it, and unbound where P has no triples
 * - `SELECT (COUNT(*) AS ?n)` over a group that it proves to be empty has no solution (18.5.1: without GROUP BY there is
 *   one group, of no solutions)
 * - `VALUES ?s { :d } FILTER EXISTS { ?s :p* ?o }` has no solution for such a :d either (18.6: it is substituted)
 * - `GRAPH :g { VALUES ?a { 1 } }` has a solution where there is no graph :g (18.6: "if IRI is not a graph name in D",
 *   the empty multiset)
 * - `?s (^:p)* :d` and `?s ((:p*)*) :d` have no solution where :d is in no triple (18.4: a zero-length path from a term
 *   leads to itself)
 * - `FROM :g1 FROM :g2` gives some triples that both graphs have twice (13.2.1: the default graph is their RDF merge)
 * - `FILTER EXISTS { MINUS { ?a :p ?b } }` takes ?a for a variable that both sides have (18.6: it is substituted, so that
 *   they have none in common, and MINUS takes nothing away)
 * - MAX is an error where one value is unbound (18.5.1.6: the order is that of ORDER BY, in which unbound comes first)
 * - `FILTER(isIRI(?a)) { SELECT ?c { ?a :p ?c } }` asks for the ?a within (18.2.1: only what a sub-select projects is in
 *   scope outside of it)
 * - in `GRAPH ?g { ?a :p ?b { SELECT ?b { ?b :q ?c } } }` the sub-select is of any graph (18.6: of the same as the rest)
 */
const OTHERWISE: readonly RegExp[] = [
  /GRAPH \?[abcd] /,
  /GRAPH \?\w .*MINUS/,
  /EXISTS .*\)[*?]/,
  /[*+?] \)/,
  /\)[*?](\/\S+)? :[abcd] /,
  /:[abcd] \S*\)[*?]/,
  / \^?:\w\|/,
  /EXISTS \{ MINUS/,
  /MAX\(.*(OPTIONAL|UNION|UNDEF|BIND)/,
]

/**
 * What Oxigraph takes and the standard does not:
 *
 * - `SELECT (COUNT(*) AS ?k) { { SELECT (COUNT(*) AS ?k) … } }` (16.1.2: the new variable "must not already be
 *   potentially bound")
 * - `?a :p _:n . VALUES … :b :p _:n` (4.1.4: a label is of one basic graph pattern, which VALUES ends)
 */
const NOT_ALLOWED: readonly RegExp[] = [/AS \?k\b.*AS \?k\b/, /_:([nm]) .*_:\1 /]

/** Whether a query may be refused though Oxigraph takes it. */
export const mayBeRefused = (text: string): boolean => NOT_ALLOWED.some((pattern) => pattern.test(text))

/** Whether a query's answers over the data are not to be compared with those of Oxigraph. */
export const isOtherwiseInOxigraph = (text: string, lines: readonly string[]): boolean =>
  OTHERWISE.some((pattern) => pattern.test(text)) ||
  namesGraphThatIsNotThere(text, lines) ||
  mergesTriples(text, lines) ||
  filtersByHiddenVariable(text) ||
  hidesGraph(text)

/** Whether graphs that are merged into the default graph have a triple in common. */
function mergesTriples(text: string, lines: readonly string[]): boolean {
  const names = [...text.matchAll(/FROM :(\w+)/g)].map(([, name]) => ` <http://x/${name}> .`)
  const triples = names.flatMap((name) =>
    lines.filter((line) => line.endsWith(name)).map((line) => line.slice(0, -name.length)),
  )
  return new Set(triples).size < triples.length
}

/** Whether a filter mentions a variable that a sub-select beside it has and does not show. */
function filtersByHiddenVariable(text: string): boolean {
  return [...text.matchAll(/\{ SELECT ([^{]*)\{/g)].some(({ index, 0: head, 1: projection }) => {
    const body = enclosed(text, index + head.length - 1)
    const hidden = variablesIn(body).filter((name) => !variablesIn(projection!).includes(name))
    const outside = text.slice(0, index) + text.slice(index + head.length + body.length)
    return filtersOf(outside).some((each) => variablesIn(each).some((name) => hidden.includes(name)))
  })
}

/** Whether a sub-select within `GRAPH ?g` does not show the graph. */
const hidesGraph = (text: string): boolean =>
  [...text.matchAll(/GRAPH (\?\w+) \{/g)].some(({ index, 0: head, 1: graph }) =>
    [...enclosed(text, index + head.length - 1).matchAll(/\{ SELECT ([^{]*)\{/g)].some(
      ([, projection]) => projection!.trim() !== '*' && !variablesIn(projection!).includes(graph!),
    ),
  )

const variablesIn = (text: string): readonly string[] => [...text.matchAll(/\?\w+/g)].map(([name]) => name)

const filtersOf = (text: string): readonly string[] =>
  [...text.matchAll(/FILTER[^({]*[({]/g)].map(({ index, 0: head }) => enclosed(text, index + head.length - 1))

/** What stands between the bracket at the position and the one that ends it. */
function enclosed(text: string, start: number): string {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    if ('({'.includes(text[at]!)) depth++
    else if (')}'.includes(text[at]!) && --depth === 0) return text.slice(start + 1, at)
  }
  return text.slice(start + 1)
}

function namesGraphThatIsNotThere(text: string, lines: readonly string[]): boolean {
  const isThere = (name: string): boolean =>
    lines.some((line) => line.endsWith(`<http://x/${name}> .`)) &&
    (!/ FROM /.test(text) || text.includes(`FROM NAMED :${name}`))
  return [...text.matchAll(/GRAPH :(\w+)/g)].some(([, name]) => !isThere(name!))
}

/** A row as texts, in the order of the query's columns; '' is unbound. */
export type Row = readonly string[]

const NUMERIC = /#(integer|decimal|double|float)$/

/** A term for comparison: blank nodes by their label in the data, numbers by value. */
function normalised(term: Term | undefined, column: string): string {
  if (term === undefined) return ''
  // Any value of the group will do.
  if (column === 'sample') return '?'
  if (column.startsWith('concat')) return term.value.split(' ').sort().join(' ')
  if (term.termType === 'BlankNode') return `_${/bn\d/.exec(term.value)?.[0] ?? '?'}`
  if (term.termType === 'Literal' && NUMERIC.test(term.datatype.value)) {
    return `${Number(Number(term.value).toPrecision(10))}${/#\w+$/.exec(term.datatype.value)![0]}`
  }
  return termKey(term)
}

export async function answerOf(
  polystore: Polystore,
  text: string,
  columns: readonly string[],
  options: QueryOptions = {},
): Promise<readonly Row[]> {
  const execution = await polystore.execute(text, { timeout: 20_000, ...options })
  if (execution.kind === 'boolean') return [[String(execution.value)]]
  const rows: Row[] = []
  if (execution.kind === 'quads') {
    for await (const block of execution.blocks) rows.push(...block.map(rowOfTriple))
    return asSet(rows)
  }
  for await (const block of execution.blocks) {
    for (const row of block) rows.push(columns.map((name) => normalised(row[execution.variables.indexOf(name)], name)))
  }
  return rows
}

const rowOfTriple = ({ subject, predicate, object }: Pick<Quad, 'subject' | 'predicate' | 'object'>): Row =>
  [subject, predicate, object].map((term) => normalised(term, ''))

/** A graph is a set of triples. */
const asSet = (rows: readonly Row[]): readonly Row[] => [...new Map(rows.map((row) => [row.join(' | '), row])).values()]

const ownTerm = (term: Quad['object']) => {
  if (term.termType === 'NamedNode') return namedNode(term.value)
  if (term.termType === 'BlankNode') return blankNode(term.value)
  return literal(term.value, term.language === '' ? namedNode(term.datatype.value) : term.language)
}

const ownQuad = ({ subject, predicate, object, graph }: Quad) =>
  quad(
    ownTerm(subject) as OwnNode,
    namedNode(predicate.value),
    ownTerm(object),
    graph.termType === 'DefaultGraph' ? defaultGraph() : (ownTerm(graph) as OwnNode),
  )

type OwnNode = ReturnType<typeof namedNode>

/** Oxigraph's answers over the data. */
export function oracle(
  lines: readonly string[],
): (text: string, columns: readonly string[]) => Promise<readonly Row[] | 'refused'> {
  // Loaded text would get blank nodes with other labels.
  const store = new Store(quadsOf(lines).map(ownQuad))
  return async (text, columns) => {
    let answer: unknown
    try {
      answer = store.query(text)
    } catch {
      return 'refused'
    }
    if (typeof answer === 'boolean') return [[String(answer)]]
    if (/ CONSTRUCT /.test(text)) return asSet((answer as readonly Quad[]).map(rowOfTriple))
    const rows = answer as readonly Map<string, Term>[]
    if (rows.length === 0 && /SELECT +\(/.test(text)) return 'refused'
    return rows.map((row) => columns.map((name) => normalised(row.get(name), name)))
  }
}

export const multiset = (rows: readonly Row[]): readonly string[] => rows.map((row) => row.join(' | ')).sort()

/** Whether the standard orders every two values of these rows: IRIs and integers among themselves, unbound before. */
export function isTotallyOrdered(rows: readonly Row[]): boolean {
  return rows.every((row) => row.every((value) => value === '' || value.startsWith('<') || value.endsWith('#integer')))
}

/** What is wrong with an answer, given the whole answer without LIMIT and OFFSET; `undefined` where it is right. */
export function difference(actual: readonly Row[], whole: readonly Row[], query: RandomQuery): string | undefined {
  const end = query.limit === undefined ? whole.length : query.offset + query.limit
  const sliced = query.ordered ? whole.slice(query.offset, end) : whole
  const exact = !query.ordered || isTotallyOrdered(whole)
  const expected = exact ? sliced : whole
  if (exact) {
    const left = query.ordered ? actual.map((row) => row.join(' | ')) : multiset(actual)
    const right = query.ordered ? expected.map((row) => row.join(' | ')) : multiset(expected)
    return left.join('\n') === right.join('\n') ? undefined : `${left.join('\n')}\n--- instead of\n${right.join('\n')}`
  }
  if (actual.length !== sliced.length) return `${actual.length} rows instead of ${sliced.length}`
  const left = new Map<string, number>()
  for (const row of multiset(whole)) left.set(row, (left.get(row) ?? 0) + 1)
  for (const row of multiset(actual)) {
    const count = left.get(row) ?? 0
    if (count === 0) return `the row ${row} is not among the answers\n${multiset(whole).join('\n')}`
    left.set(row, count - 1)
  }
  return undefined
}

/** Runs a query; a refusal of the text is no answer. */
export async function orRefused<Value>(run: () => Promise<Value>): Promise<Value | 'refused'> {
  try {
    return await run()
  } catch (error) {
    // MINUS within GRAPH and a variable, as long as it has no plan of its own, is refused as well.
    if (error instanceof PolyprovError && error.code === 'unsupported') return 'refused'
    if (error instanceof PolyprovError && (error.code === 'query-syntax' || error.code === 'query-semantics'))
      return 'refused'
    throw error
  }
}
