import { readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Term } from '@rdfjs/types'
import { Parser, Store } from 'n3'
import { publishedIri, type W3cTest } from './manifest.ts'

const MF = 'http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#'
const UT = 'http://www.w3.org/2009/sparql/tests/test-update#'
const RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#'
const RDFS = 'http://www.w3.org/2000/01/rdf-schema#'

/** The state of a graph store; files are paths. */
export interface GraphStoreState {
  /** Of the default graph. */
  readonly data: readonly string[]
  readonly graphs: readonly { readonly name: string; readonly file: string }[]
}

/** An update evaluation test. */
export interface UpdateTest extends W3cTest {
  readonly request: string
  readonly before: GraphStoreState
  readonly after: GraphStoreState
}

/** A syntax test of an update. */
export interface UpdateSyntaxTest extends W3cTest {
  readonly request: string
  readonly positive: boolean
}

export interface UpdateManifest {
  readonly tests: readonly UpdateTest[]
  readonly syntaxTests: readonly UpdateSyntaxTest[]
  /** Entries of the lists, of whatever kind. */
  readonly entries: number
}

/** Reads a manifest of update tests, and those it includes. Errors: an entry of another kind. */
export function readUpdateManifest(path: string): UpdateManifest {
  const store = new Store(new Parser({ baseIRI: pathToFileURL(path).href }).parse(readFileSync(path, 'utf8')))
  const lists = store.extractLists()
  const listed = (predicate: string): Term[] =>
    store.getObjects(null, `${MF}${predicate}`, null).flatMap((list) => lists[list.value] ?? [])
  const included = listed('include').map((manifest) => readUpdateManifest(fileURLToPath(manifest.value)))
  const tests = included.flatMap((manifest) => manifest.tests)
  const syntaxTests = included.flatMap((manifest) => manifest.syntaxTests)
  const group = basename(dirname(path))
  const entries = listed('entries')
  for (const entry of entries) {
    const [type] = store.getObjects(entry, `${RDF}type`, null).map(({ value }) => value.slice(MF.length))
    const common = { iri: publishedIri(entry.value), id: `${group}/${entry.value.replace(/^.*[#/]/, '')}`, group }
    const [action] = store.getObjects(entry, `${MF}action`, null)
    const [result] = store.getObjects(entry, `${MF}result`, null)
    if (type === 'UpdateEvaluationTest') {
      const [request] = store.getObjects(action!, `${UT}request`, null)
      tests.push({
        ...common,
        request: fileURLToPath(request!.value),
        before: readState(action!, store),
        after: readState(result!, store),
      })
    } else if (/^(Positive|Negative)(Update)?SyntaxTest11$/.test(type ?? '')) {
      syntaxTests.push({ ...common, request: fileURLToPath(action!.value), positive: type!.startsWith('Positive') })
    } else throw new Error(`${path} lists ${entry.value}, which is of the kind ${type}`)
  }
  return { tests, syntaxTests, entries: included.reduce((sum, each) => sum + each.entries, entries.length) }
}

function readState(node: Term, store: Store): GraphStoreState {
  return {
    data: store.getObjects(node, `${UT}data`, null).map(({ value }) => fileURLToPath(value)),
    graphs: store.getObjects(node, `${UT}graphData`, null).map((graph) => {
      const [file] = store.getObjects(graph, `${UT}graph`, null)
      const [name] = store.getObjects(graph, `${RDFS}label`, null)
      return { name: name!.value, file: fileURLToPath(file!.value) }
    }),
  }
}
