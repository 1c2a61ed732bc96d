import { readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Term } from '@rdfjs/types'
import { Parser, Store } from 'n3'

const MF = 'http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#'
const QT = 'http://www.w3.org/2001/sw/DataAccess/tests/test-query#'
const RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#'

const EVALUATION = [`${MF}QueryEvaluationTest`, `${MF}CSVResultFormatTest`]

/** Where the W3C publishes the folders of the suites, for entries that are named relatively to their files. */
const PUBLISHED = {
  sparql11: 'http://www.w3.org/2009/sparql/docs/tests/data-sparql11/',
  sparql10: 'http://www.w3.org/2001/sw/DataAccess/tests/data-r2/',
} as const

/** What every test has. */
export interface W3cTest {
  /** The test's own IRI. */
  readonly iri: string
  /** Folder and local name, such as `exists/exists01`. */
  readonly id: string
  /** The folder of its manifest. */
  readonly group: string
}

/** A query evaluation test; files are paths. */
export interface EvaluationTest extends W3cTest {
  readonly query: string
  /** Of the default graph. */
  readonly data: readonly string[]
  /** Named graphs, each named by the IRI of its file. */
  readonly graphData: readonly string[]
  /** Endpoints that the query asks, and the data of their default graphs. */
  readonly services: readonly { readonly endpoint: string; readonly data: readonly string[] }[]
  readonly result: string
  /** Whether a solution may come less often than the result says (REDUCED). */
  readonly laxCardinality: boolean
}

/** A test of whether a query, or an update, parses. */
export interface SyntaxTest extends W3cTest {
  readonly file: string
  readonly positive: boolean
  readonly update: boolean
}

/** What a manifest and those that it includes hold. */
export interface Manifest {
  /** The evaluation tests that they describe. */
  readonly tests: readonly EvaluationTest[]
  readonly syntaxTests: readonly SyntaxTest[]
  /** Those that their lists do not name. */
  readonly unlisted: readonly string[]
  /** Entries of their lists, of whatever kind. */
  readonly entries: number
}

/** Reads a manifest, and those it includes, however deep. Errors: an entry that is listed and not described. */
export function readManifest(path: string): Manifest {
  const store = new Store(new Parser({ baseIRI: pathToFileURL(path).href }).parse(readFileSync(path, 'utf8')))
  const lists = store.extractLists()
  const listed = (predicate: string): Term[] =>
    store.getObjects(null, `${MF}${predicate}`, null).flatMap((list) => lists[list.value] ?? [])
  const included = listed('include').map((manifest) => readManifest(fileURLToPath(manifest.value)))
  const entries = listed('entries')
  const names = new Set(entries.map(({ value }) => value))
  for (const entry of entries) {
    if (store.countQuads(entry, `${RDF}type`, null, null) === 0) {
      throw new Error(`${path} lists ${entry.value}, and does not describe it`)
    }
  }
  const group = basename(dirname(path))
  const described = EVALUATION.flatMap((type) => store.getSubjects(`${RDF}type`, type, null))
  return {
    tests: [...included.flatMap(({ tests }) => tests), ...described.map((entry) => readTest(entry, group, store))],
    syntaxTests: [...included.flatMap(({ syntaxTests }) => syntaxTests), ...readSyntaxTests(group, store)],
    unlisted: [
      ...included.flatMap(({ unlisted }) => unlisted),
      ...described.flatMap((entry) => (names.has(entry.value) ? [] : [idOf(entry, group)])),
    ],
    entries: included.reduce((sum, manifest) => sum + manifest.entries, entries.length),
  }
}

/** The syntax tests that a manifest describes, of SPARQL 1.0 and 1.1 alike. */
const readSyntaxTests = (group: string, store: Store): readonly SyntaxTest[] =>
  store.getQuads(null, `${RDF}type`, null, null).flatMap(({ subject, object }) => {
    const [, sign, update] = /#(Positive|Negative)(Update)?SyntaxTest(?:11)?$/.exec(object.value) ?? []
    if (sign === undefined) return []
    const file = fileURLToPath(store.getObjects(subject, `${MF}action`, null)[0]!.value)
    return [{ ...named(subject, group), file, positive: sign === 'Positive', update: update !== undefined }]
  })

/** The IRI that a test has where the W3C publishes it, of an entry that may be named relatively to its file. */
export const publishedIri = (entry: string): string =>
  entry.replace(/^file:.*\/(sparql1[01])\//, (_, suite: keyof typeof PUBLISHED) => PUBLISHED[suite])

const named = (entry: Term, group: string): W3cTest => ({
  iri: publishedIri(entry.value),
  id: idOf(entry, group),
  group,
})

const idOf = (entry: Term, group: string): string => `${group}/${entry.value.replace(/^.*[#/]/, '')}`

function readTest(entry: Term, group: string, store: Store): EvaluationTest {
  const files = (subject: Term, predicate: string): readonly string[] =>
    store.getObjects(subject, predicate, null).map(({ value }) => fileURLToPath(value))
  const one = (subject: Term, predicate: string): Term => {
    const [object, ...others] = store.getObjects(subject, predicate, null)
    if (object === undefined || others.length > 0) throw new Error(`${entry.value} needs one ${predicate}`)
    return object
  }
  const action = one(entry, `${MF}action`)
  return {
    ...named(entry, group),
    query: fileURLToPath(one(action, `${QT}query`).value),
    data: files(action, `${QT}data`),
    graphData: files(action, `${QT}graphData`),
    services: store.getObjects(action, `${QT}serviceData`, null).map((service) => ({
      endpoint: one(service, `${QT}endpoint`).value,
      data: files(service, `${QT}data`),
    })),
    result: fileURLToPath(one(entry, `${MF}result`).value),
    laxCardinality: store.countQuads(entry, `${MF}resultCardinality`, `${MF}LaxCardinality`, null) > 0,
  }
}
