import type { Connector } from '../../connectors/connector.ts'
import memory from '../../connectors/memory/index.ts'
import { isWritable, writeTerm } from '../../connectors/sparql/write-term.ts'
import { blank, iri, literal, type Quad, quad, type Term, termKey } from '../../planner/term.ts'
import { encodeValue } from '../../planner/views/encoding.ts'
import { open } from '../../src/open.ts'
import type { Polystore } from '../../src/polystore.ts'
import { BASE } from './notes.ts'

/** Queries with a term as their parameter `$v`. */
export const WITH_TERM: readonly string[] = [
  '?s x:text $v',
  '?s x:said $v',
  '?s x:typed $v',
  '?s x:link $v',
  '?s x:inside $v',
  '?s x:body $v',
  '?s ?p $v',
  '?s x:text ?t FILTER(?t = $v)',
  '?s x:text ?t FILTER(?t != $v)',
  '?s x:text ?t FILTER(?t < $v)',
  '?s x:text ?t FILTER(sameTerm(?t, $v) || ?t = "x")',
  '?s x:number ?n FILTER(?n = $v)',
  '?s x:number ?n FILTER(?n >= $v)',
  '?s x:said ?t FILTER(?t IN ($v, "x"@en))',
  '?s x:typed ?t FILTER(?t != $v)',
  '?s x:text ?t OPTIONAL { ?s x:said ?u FILTER(?u = $v) } FILTER(BOUND(?u))',
  '?s x:text ?t FILTER(DATATYPE(?t) = $v)',
  '?k x:holds ?t . ?s x:text ?t',
  '?k x:holds ?t . ?s ?p ?t',
  '?k x:holds ?s . ?s x:text ?t',
  '?k x:holds ?t OPTIONAL { ?s x:body ?t }',
  '{ SELECT (COUNT(*) AS ?n) { ?s x:text ?t FILTER(?t = $v) } }',
]

/** Queries with a text as their parameter `$v`. */
export const WITH_TEXT: readonly string[] = [
  '?s x:text ?t FILTER(CONTAINS(?t, $v))',
  '?s x:text ?t FILTER(STRSTARTS(?t, $v))',
  '?s x:text ?t FILTER(STRENDS(?t, $v))',
  '?s x:text ?t FILTER(REGEX(?t, $v))',
  '?s x:text ?t FILTER(REGEX(?t, $v, "i"))',
  '?s x:text ?t FILTER(REGEX("x", "x", $v))',
  '?s x:text ?t FILTER(REPLACE(?t, $v, "") = "")',
  '?s x:text ?t FILTER(STRBEFORE(?t, $v) = "x")',
  '?s x:text ?t FILTER(CONCAT(?t, $v) = CONCAT($v, ?t))',
  '?s x:text ?t FILTER(STR(?s) = $v || LCASE(?t) = $v)',
  '?s x:said ?t FILTER(LANG(?t) = $v)',
  '?s x:said ?t FILTER(LANGMATCHES(LANG(?t), $v))',
  '?s x:link ?t FILTER(CONTAINS(STR(?t), $v))',
]

/** Queries with an IRI, or what is none, as their parameter `$v`. */
export const WITH_IRI: readonly string[] = [
  '$v x:text ?t',
  '$v x:body ?t',
  '$v ?p ?t',
  '?s $v ?t',
  'GRAPH $v { ?s x:text ?t }',
  '?s a $v',
  '?s x:text ?t FILTER(?s = $v)',
  '?s x:link $v',
  '$v (x:link|x:text) ?t',
]

const PREFIX = 'PREFIX x: <http://x/>'

/** Rows as texts, sorted. */
async function rowsOf(polystore: Polystore, text: string, parameters: Record<string, Term>, options: object = {}) {
  const execution = await polystore.execute(`${PREFIX} SELECT * { ${text} }`, { parameters, ...options })
  if (execution.kind !== 'bindings') throw new Error('not a SELECT query')
  const rows: string[] = []
  for await (const block of execution.blocks) {
    for (const row of block) {
      rows.push(
        execution.variables
          .flatMap((name, i) => (row[i] && name !== 'v' ? [`${name}=${termKey(row[i])}`] : []))
          .sort()
          .join(' '),
      )
    }
  }
  return rows.sort()
}

type Outcome = readonly string[] | { readonly error: string }

/** The rows, or the code of the error: a query may be refused, and must then be refused whatever the store. */
const outcomeOf = (rows: Promise<readonly string[]>): Promise<Outcome> =>
  rows.catch((error: { code?: string; message: string }) => {
    if (error.code === 'query-syntax' || error.code === 'query-semantics' || error.code === 'parameter')
      return { error: error.code }
    throw error
  })

/** The connector as the polystore of one query sees it; it stays open. */
const lent = (connector: Connector): Connector =>
  Object.create(connector, {
    describe: { value: async () => connector.description },
    [Symbol.asyncDispose]: { value: undefined },
  }) as Connector

const SHORT = 200
const shown = (outcome: Outcome): string =>
  (Array.isArray(outcome) ? `${outcome.length} rows ${outcome.join(' ; ')}` : JSON.stringify(outcome)).slice(0, SHORT)

/** Which rows an answer lacks or has too many of, in short. */
function differenceOf(actual: Outcome, expected: Outcome): string {
  if ('error' in actual || 'error' in expected) return `${shown(actual)} instead of ${shown(expected)}`
  const missing = expected.filter((row) => !actual.includes(row))
  const extra = actual.filter((row) => !expected.includes(row))
  return `missing ${shown(missing)}, too much ${shown(extra)}`
}

/** Answers of the store in memory, by what was asked of which data: several stores hold the same. */
const known = new Map<string, Promise<Outcome>>()

/**
 * What a store answers otherwise than one in memory that holds `quads` and is only scanned, with terms in every place
 * where a query has a constant, as parameters and within the text, and as keys of a bind join.
 */
export async function differencesOf(
  connector: Connector,
  quads: readonly Quad[],
  terms: readonly Term[],
): Promise<readonly string[]> {
  const companion = memory(
    {
      id: 'companion',
      type: 'memory',
      quads: terms
        .filter(({ value }) => !value.includes('\0'))
        .map((term) => quad(blank('k'), iri('http://x/holds'), term)),
    },
    { base: BASE },
  )
  const everything = memory({ id: 'everything', type: 'memory', quads: [...quads] }, { base: BASE })
  const asked = await open({ base: BASE, stores: [] }, { connectors: [lent(connector), companion] })
  const reference = await open({ base: BASE, stores: [] }, { connectors: [everything, companion] })
  const differences: string[] = []
  let turn = 0
  const compare = async (query: string, term: Term) => {
    const key = JSON.stringify([quads.length, terms.map(termKey), query, termKey(term)])
    const answer = known.get(key) ?? outcomeOf(rowsOf(reference, query, { v: term }, { without: ['all'] }))
    known.set(key, answer)
    const expected = await answer
    // As a parameter and within the text by turns.
    const isWritten = turn++ % 2 === 0 && isWritable(term)
    const text = isWritten ? query.replaceAll('$v', () => writeTerm(term)) : query
    const actual = await outcomeOf(rowsOf(asked, text, { v: term })).catch((error: Error) => ({ error: `${error}` }))
    if (JSON.stringify(actual) === JSON.stringify(expected)) return
    const what = `${text.slice(0, SHORT)} of ${JSON.stringify(termKey(term)).slice(0, SHORT)}`
    differences.push(`${what}: ${differenceOf(actual, expected)}`)
  }
  try {
    for (const term of terms) {
      for (const query of WITH_TERM.filter((each) => each.includes('$v'))) await compare(query, term)
      for (const query of WITH_TEXT) await compare(query, literal(term.value))
      for (const query of WITH_IRI) {
        for (const each of irisOf(term.value)) await compare(query, iri(each))
      }
    }
    for (const query of WITH_TERM.filter((each) => !each.includes('$v'))) await compare(query, literal('none'))
    return differences
  } finally {
    await asked.close()
    await reference.close()
  }
}

/** IRIs that a text is in: as it stands, and encoded as views do. */
function irisOf(text: string): readonly string[] {
  return isWellFormed(text) ? [text, `http://x/note/${encodeValue(text, 'iri')}`] : [text, `http://x/note/${text}`]
}

const isWellFormed = (text: string): boolean => !/[\ud800-\udfff]/u.test(text)
