import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openColumnar } from '../../connectors/columnar/index.ts'
import { type Connector, storeIri } from '../../connectors/connector.ts'
import { PL } from '../../planner/namespaces.ts'
import { termKey } from '../../planner/term.ts'
import { open } from '../../src/open.ts'
import { capabilitiesOf, subsetsOf, without } from './capabilities.ts'
import { BASE, quadsOf } from './data.ts'
import { type NamedSubject, objectSubject, SUBJECTS } from './subjects.ts'

const folder = await mkdtemp(join(tmpdir(), 'polyprov-capabilities-'))
const objects = await objectSubject(folder)
afterAll(() => rm(folder, { recursive: true, force: true }))

const PREFIXES = `PREFIX x: <http://x/> PREFIX pl: <${PL}> PREFIX segy: <https://w3id.org/polyprov/segy#> PREFIX hdf5: <https://w3id.org/polyprov/hdf5#> `

const OVER_TRIPLES = [
  '?s ?p ?o',
  '?s x:p ?o . ?o x:name ?n',
  '?s a x:Model ; x:size ?n FILTER(?n < 3)',
  '?s x:name ?n FILTER(CONTAINS(?n, "b") || LANG(?n) = "en")',
  '?s x:p ?o OPTIONAL { ?o x:size ?n FILTER(?n > 1) }',
  '{ ?s x:name ?n } UNION { ?s x:size ?n }',
  '?s a ?class MINUS { ?s x:flag ?f }',
  '?s a ?class FILTER NOT EXISTS { ?s x:self ?s }',
  '?s x:p+ ?o',
  'x:a (x:p|x:q)* ?o',
  'GRAPH ?g { ?s ?p ?o }',
  'GRAPH ?g { ?s x:p ?o } ?o x:size ?n',
  'VALUES ?s { x:a x:d x:nothing } ?s x:size|x:odd ?n',
  '{ SELECT ?s (COUNT(*) AS ?k) (SUM(?n) AS ?t) { ?s x:size ?n } GROUP BY ?s } ?s a ?class',
  '{ SELECT DISTINCT ?class { ?s a ?class } ORDER BY ?class LIMIT 1 } ?s a ?class',
]

const OVER_DOCUMENTS = [
  '?s ?p ?o',
  '?s a x:Person ; x:name ?n ; x:home ?h . ?h x:street ?t',
  '?s x:size ?n FILTER(?n >= 2 && ?n < 10)',
  '?s x:name ?n FILTER(STRLEN(?n) > 3 || ?n = "Ada")',
  '?s x:name ?n OPTIONAL { ?s x:home ?h . ?h x:number ?k FILTER(?k > 1) }',
  '{ SELECT (COUNT(*) AS ?k) { ?s x:home ?h . ?h x:street "Main" } }',
  '?h x:street ?t . ?s x:home ?h FILTER NOT EXISTS { ?s x:size 1 }',
]

const BY_REFERENCE: Readonly<Record<string, readonly string[]>> = {
  documents: [
    '?r pl:note ?k ; x:name ?n',
    '?r pl:note ?k ; x:name ?n ; x:home ?h . ?h x:street ?t',
    '?r pl:note ?k OPTIONAL { ?r x:size ?n } OPTIONAL { ?r x:home ?h . ?h x:number ?t }',
    '?r pl:note ?k ; x:size ?n FILTER(?n > 1)',
  ],
  files: [
    '?r pl:note ?k ; segy:inlineCount ?n ; segy:sampleCount ?c',
    '?r pl:note ?k OPTIONAL { ?r segy:inlineCount ?n }',
    '?r pl:note ?k ; hdf5:object ?h . ?h hdf5:path ?n OPTIONAL { ?h hdf5:shape ?t }',
    '?r pl:note ?k ; pl:format ?n FILTER(?n = "HDF5")',
  ],
}

/** The provenance of references to every object of a store. */
async function provenanceOf({ references = [] }: NamedSubject, store: string): Promise<Connector> {
  const connector = await openColumnar(
    { id: 'provenance', type: 'columnar', role: 'provenance' },
    { base: BASE, folder: '.' },
  )
  const lines = references.map(
    ({ locator }, i) =>
      `<urn:reference${i}> <${PL}note> ${i} ; <${PL}isStoredInStore> <${storeIri(BASE, store)}> ; <${PL}value> ${JSON.stringify(locator)} .`,
  )
  await connector.write({ add: quadsOf(lines.join('\n')) })
  return connector
}

async function answers(connectors: readonly Connector[], queries: readonly string[]): Promise<readonly string[][]> {
  const polystore = await open({ base: BASE, stores: [] }, { connectors })
  const all: string[][] = []
  for (const where of queries) {
    const execution = await polystore.execute(`${PREFIXES} SELECT * { ${where} }`)
    if (execution.kind !== 'bindings') throw new Error('not a SELECT query')
    const order = execution.variables.map((name, i) => ({ name, i })).sort((a, b) => (a.name < b.name ? -1 : 1))
    const rows: string[] = []
    for await (const block of execution.blocks) {
      for (const row of block) {
        rows.push(order.map(({ name, i }) => `${name}=${row[i] === undefined ? '' : termKey(row[i])}`).join(' '))
      }
    }
    all.push(rows.sort())
  }
  return all
}

async function expectSameAnswers(
  subject: NamedSubject,
  queries: readonly string[],
  beside: () => Promise<readonly Connector[]>,
): Promise<void> {
  const connector = await subject.open()
  const others = await beside()
  try {
    const expected = await answers([...others, connector], queries)
    expect(expected.flat().length).toBeGreaterThan(queries.length)
    for (const removed of subsetsOf(capabilitiesOf(connector))) {
      const actual = await answers([...others, without(connector, removed)], queries)
      expect({ removed, actual }).toEqual({ removed, actual: expected })
    }
  } finally {
    for (const each of [connector, ...others]) await each[Symbol.asyncDispose]?.()
  }
}

const nothing = async (): Promise<readonly Connector[]> => []

describe('every subset of its capabilities gives the same answers', () => {
  it.each(SUBJECTS.filter(({ references }) => references === undefined))('$name', (subject) =>
    expectSameAnswers(subject, OVER_TRIPLES, nothing),
  )

  it.each(SUBJECTS.filter(({ references }) => references !== undefined))('$name', (subject) =>
    expectSameAnswers(subject, OVER_DOCUMENTS, nothing),
  )

  it.each([...SUBJECTS, objects].filter(({ references }) => references !== undefined))(
    '$name by reference',
    (subject) =>
      expectSameAnswers(subject, BY_REFERENCE[subject.name]!, async () => [await provenanceOf(subject, subject.name)]),
  )
})
