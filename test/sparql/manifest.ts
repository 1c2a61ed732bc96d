import { readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Term } from '@rdfjs/types'
import { Parser, Store } from 'n3'

const MF = 'http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#'
const QT = 'http://www.w3.org/2001/sw/DataAccess/tests/test-query#'
const RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#'

const EVALUATION = [`${MF}QueryEvaluationTest`, `${MF}CSVResultFormatTest`]

/** A query evaluation test; files are paths. */
export interface EvaluationTest {
  /** Folder and local name, such as `exists/exists01`. */
  readonly id: string
  /** The folder of its manifest. */
  readonly group: string
  readonly query: string
  /** Of the default graph. */
  readonly data: readonly string[]
  /** Named graphs, each named by the IRI of its file. */
  readonly graphData: readonly string[]
  readonly result: string
  /** Whether a solution may come less often than the result says (REDUCED). */
  readonly laxCardinality: boolean
}

/** What a manifest and those that it includes hold. */
export interface Manifest {
  /** The evaluation tests that they describe. */
  readonly tests: readonly EvaluationTest[]
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
    unlisted: [
      ...included.flatMap(({ unlisted }) => unlisted),
      ...described.flatMap((entry) => (names.has(entry.value) ? [] : [idOf(entry, group)])),
    ],
    entries: included.reduce((sum, manifest) => sum + manifest.entries, entries.length),
  }
}

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
    id: idOf(entry, group),
    group,
    query: fileURLToPath(one(action, `${QT}query`).value),
    data: files(action, `${QT}data`),
    graphData: files(action, `${QT}graphData`),
    result: fileURLToPath(one(entry, `${MF}result`).value),
    laxCardinality: store.countQuads(entry, `${MF}resultCardinality`, `${MF}LaxCardinality`, null) > 0,
  }
}
