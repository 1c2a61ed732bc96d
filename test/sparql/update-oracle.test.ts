import fc from 'fast-check'
import { Store } from 'oxigraph'
import { describe, expect, it } from 'vitest'
import { blank, defaultGraph, iri, literal, type Quad, type Term } from '../../planner/term.ts'
import { isomorphic, type Tuple } from './isomorphism.ts'
import { openUpdatable, quadsIn } from './updatable.ts'

const node = fc.constantFrom('<http://x/a>', '<http://x/b>', '<http://x/c>')
const predicate = fc.constantFrom('<http://x/p>', '<http://x/q>')
const value = fc.oneof(node, fc.constantFrom('1', '2', '"t"', '"t"@en', '"t"^^<http://x/d>'))
const graph = fc.constantFrom('<http://x/g>', '<http://x/h>')
const inGraph = (triples: fc.Arbitrary<string>) =>
  fc.oneof(
    triples,
    fc.tuple(graph, triples).map(([name, text]) => `GRAPH ${name} { ${text} }`),
  )
const triple = fc.tuple(node, predicate, value).map((parts) => parts.join(' '))
const data = fc.array(inGraph(triple), { maxLength: 6 }).map((parts) => parts.join(' . '))

const variable = fc.constantFrom('?x', '?y', '?z')
const pattern = fc
  .tuple(fc.oneof(variable, node), fc.oneof(predicate, fc.constant('?p')), fc.oneof(variable, value))
  .map((parts) => parts.join(' '))
const patterns = fc.array(pattern, { minLength: 1, maxLength: 2 }).map((parts) => parts.join(' . '))
const quads = fc
  .array(
    fc.oneof(
      pattern,
      fc
        .tuple(fc.oneof(graph, fc.constantFrom('?g', '?y')), pattern)
        .map(([name, text]) => `GRAPH ${name} { ${text} }`),
    ),
    { maxLength: 2 },
  )
  .map((parts) => parts.join(' . '))
const made = fc.oneof(
  quads,
  fc.tuple(variable, predicate).map(([subject, name]) => `${subject} ${name} _:n . _:n ${name} ${subject}`),
)
const where = fc
  .array(
    fc.oneof(
      patterns.map((text) => `{ ${text} }`),
      fc.tuple(fc.oneof(graph, fc.constant('?g')), patterns).map(([name, text]) => `GRAPH ${name} { ${text} }`),
      patterns.map((text) => `OPTIONAL { ${text} }`),
      patterns.map((text) => `FILTER NOT EXISTS { ${text} }`),
      fc.constant('{ ?x ?p ?y BIND(STR(?y) AS ?z) }'),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) => parts.join(' '))
const using = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  graph.map((name) => `USING ${name}`),
  fc.tuple(graph, graph).map(([first, second]) => `USING ${first} USING NAMED ${second}`),
  graph.map((name) => `USING NAMED ${name}`),
)
const withGraph = fc.oneof(
  { weight: 2, arbitrary: fc.constant('') },
  graph.map((name) => `WITH ${name}`),
)
const place = fc.oneof(fc.constant('DEFAULT'), graph)
const target = fc.oneof(
  fc.constantFrom('DEFAULT', 'NAMED', 'ALL'),
  graph.map((name) => `GRAPH ${name}`),
)

const operation = fc.oneof(
  { weight: 4, arbitrary: data.map((text) => `INSERT DATA { ${text} }`) },
  { weight: 2, arbitrary: data.map((text) => `DELETE DATA { ${text} }`) },
  { weight: 2, arbitrary: quads.map((text) => `DELETE WHERE { ${text} }`) },
  {
    weight: 5,
    arbitrary: fc
      .tuple(withGraph, quads, made, using, where)
      .map(
        ([graphs, removed, added, dataset, text]) =>
          `${graphs} DELETE { ${removed} } INSERT { ${added} } ${dataset} WHERE { ${text} }`,
      ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom('CLEAR', 'DROP'), target).map(([word, name]) => `${word} SILENT ${name}`),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('COPY', 'MOVE', 'ADD'), place, place)
      .map(([word, from, to]) => `${word} SILENT ${from} TO ${to}`),
  },
  { weight: 1, arbitrary: graph.map((name) => `CREATE SILENT GRAPH ${name}`) },
)

/** The oracle knows empty graphs; here a graph exists as long as it holds a triple, and nothing else is copied or moved. */
function isOfEmptyGraph(text: string, oracle: Store): boolean {
  const source = /^(?:COPY|MOVE) SILENT <(.*?)>/.exec(text)?.[1]
  return source !== undefined && oracle.match(null, null, null, iri(source) as never).length === 0
}

function forgetEmptyGraphs(oracle: Store): void {
  for (const name of ['http://x/g', 'http://x/h']) {
    if (oracle.match(null, null, null, iri(name) as never).length === 0) oracle.update(`DROP SILENT GRAPH <${name}>`)
  }
}

const tupleOf = ({ subject, predicate: verb, object, graph: name }: Quad): Tuple => [
  subject,
  verb,
  object,
  name.termType === 'DefaultGraph' ? undefined : (name as Term),
]

function own(term: { readonly termType: string; readonly value: string }): Term {
  if (term.termType === 'NamedNode') return iri(term.value)
  if (term.termType === 'BlankNode') return blank(term.value)
  const {
    value: text,
    language,
    datatype,
  } = term as unknown as { value: string; language: string; datatype: { value: string } }
  return literal(text, language === '' ? iri(datatype.value) : language)
}

const quadsOf = (oracle: Store): readonly Quad[] =>
  oracle.match().map(
    (each) =>
      ({
        subject: own(each.subject),
        predicate: own(each.predicate),
        object: own(each.object),
        graph: each.graph.termType === 'DefaultGraph' ? defaultGraph : own(each.graph),
      }) as Quad,
  )

/** Most quads that the oracle may come to hold: templates multiply them. */
const MOST_QUADS = 60

/** Runs operations on the oracle, as far as they can be compared; those that it ran. */
function runOracle(operations: readonly string[], oracle: Store): readonly string[] {
  const done: string[] = []
  for (const text of operations) {
    if (isOfEmptyGraph(text, oracle)) continue
    oracle.update(text)
    forgetEmptyGraphs(oracle)
    done.push(text)
    if (oracle.size > MOST_QUADS) break
  }
  return done
}

describe('updates', () => {
  it('do what another implementation does, in one request or one by one', async () => {
    let compared = 0
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 7 }), fc.boolean(), async (all, together) => {
        const oracle = new Store()
        const operations = runOracle(all, oracle)
        await using polystore = await openUpdatable()
        for (const text of together ? [operations.join(' ;\n')] : operations) await polystore.update(text)
        const found = (await quadsIn(polystore)).map(tupleOf)
        const expected = quadsOf(oracle).map(tupleOf)
        expect(found).toHaveLength(expected.length)
        expect(isomorphic(found, expected)).toBe(true)
        compared += expected.length
      }),
      { numRuns: process.env['POLYPROV_EXHAUSTIVE'] === 'true' ? 2_000 : 150 },
    )
    expect(compared).toBeGreaterThan(0)
  }, 300_000)
})
