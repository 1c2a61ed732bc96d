import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { openColumnar } from '../../connectors/columnar/index.ts'
import { PROV, RDF } from '../../planner/namespaces.ts'
import { iri, literal, type Quad, quad } from '../../planner/term.ts'
import { open, type Polystore } from '../../src/index.ts'
import { type Measurement, median, milliseconds, type SuiteOptions, timed } from '../measure.ts'

const TRIPLES = 1_000_000
const TRIPLES_OF_ENTITY = 4
const CHAIN = 15
const LOOKUPS = 200
const STORE = './provenance'

const entity = (i: number): string => `http://example.org/entity/${i}`

/** Entities in chains of derivation of 15 steps, each with a class, a name and an activity of its own. */
function* provenance(): Generator<Quad> {
  const type = iri(`${RDF}type`)
  const derived = iri(`${PROV}wasDerivedFrom`)
  const generated = iri(`${PROV}wasGeneratedBy`)
  const name = iri('http://example.org/name')
  const thing = iri(`${PROV}Entity`)
  for (let i = 0; i < TRIPLES / TRIPLES_OF_ENTITY; i++) {
    const subject = iri(entity(i))
    yield quad(subject, type, thing)
    yield quad(subject, name, literal(`entity ${i}`))
    yield quad(subject, generated, iri(`http://example.org/activity/${i >> 3}`))
    yield quad(subject, derived, iri(i % CHAIN === 0 ? 'http://example.org/source' : entity(i - 1)))
  }
}

async function bytesOf(folder: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size
  }
  return bytes
}

async function rowsOf(polystore: Polystore, text: string): Promise<number> {
  return (await polystore.query(text).toArray()).length
}

/** The embedded triple store at a million triples: loading, looking up, starting again. */
export async function store({ folder, repeat }: SuiteOptions): Promise<readonly Measurement[]> {
  const rates: number[] = []
  const compactions: number[] = []
  for (let i = 0; i < repeat; i++) {
    const definition = { id: 'provenance', type: 'columnar', path: `${STORE}-${i}`, role: 'provenance' } as const
    await using connector = await openColumnar(definition, { base: 'urn:polyprov:', folder })
    const started = performance.now()
    const added = await connector.store.load(provenance())
    const loaded = performance.now()
    rates.push(added / ((loaded - started) / 1_000))
    await connector.store.compact()
    compactions.push(performance.now() - loaded)
  }
  const path = join(folder, `${STORE}-0`)
  const configuration = { stores: [{ id: 'provenance', type: 'columnar', path, role: 'provenance' }] }
  const starts = await timed(async () => {
    await using polystore = await open(configuration)
    await rowsOf(polystore, `SELECT ?o { <${entity(7)}> <${PROV}wasDerivedFrom> ?o }`)
  }, repeat)

  await using polystore = await open(configuration)
  let next = 0
  const somewhere = (): number => {
    next = (next * 48_271 + 11) % (TRIPLES / TRIPLES_OF_ENTITY)
    return next
  }
  let rows = 0
  const lookUp = async (text: (i: number) => string) => {
    rows = 0
    return timed(
      async () => {
        rows += await rowsOf(polystore, text(somewhere()))
      },
      LOOKUPS,
      LOOKUPS,
    )
  }
  const points = await lookUp((i) => `SELECT ?p ?o { <${entity(i)}> ?p ?o }`)
  const pointRows = rows
  const paths = await lookUp((i) => `SELECT ?o { <${entity(i)}> <${PROV}wasDerivedFrom>+ ?o }`)
  const pathRows = rows
  const connector = await openColumnar(
    { id: 'reader', type: 'columnar', path, readOnly: true },
    { base: 'urn:polyprov:', folder },
  )
  const snapshot = connector.store.snapshot()
  const derived = snapshot.dictionary.find(`<${PROV}wasDerivedFrom`)
  const ids = Array.from({ length: LOOKUPS }, () => snapshot.dictionary.find(`<${entity(somewhere())}`))
  const bare = await timed(() => {
    for (const id of ids) snapshot.match(id, derived, 0, 0, () => undefined)
  }, repeat)
  await connector[Symbol.asyncDispose]()
  return [
    { name: 'load, durable', unit: 'quads/s', median: median(rates), samples: repeat, counts: { quads: TRIPLES } },
    milliseconds('compact after the load', compactions, { counts: { bytes: await bytesOf(path) } }),
    milliseconds('open, and answer the first query', starts, { counts: { quads: TRIPLES } }),
    milliseconds('point lookup, SPARQL text never seen', points, { tail: true, counts: { rows: pointRows } }),
    milliseconds('path lookup, wasDerivedFrom+, SPARQL text never seen', paths, {
      tail: true,
      counts: { rows: pathRows },
    }),
    milliseconds(`${LOOKUPS} point lookups by id, without SPARQL`, bare, { counts: { lookups: LOOKUPS } }),
  ]
}
