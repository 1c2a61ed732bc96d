import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { STORES } from '../../../examples/seismic/settings.ts'
import { PolyprovError } from '../../../planner/errors.ts'
import { RDFS } from '../../../planner/namespaces.ts'
import { iri, literal, type Quad, type Term } from '../../../planner/term.ts'
import { open } from '../../open.ts'
import { bracketed, ntriplesTerm, quoted } from '../../results/ntriples.ts'
import { loadQuads } from '../load-quads.ts'
import type { SparqlServer } from './environment.ts'
import { digestOf, type LoadContext, type Loaded, limited, MARK, markOf, notOurs } from './place.ts'
import { type Update, updateOf } from './sparql-update.ts'

/** Of one update: a command line may be 128 KB long, and servers compile no statement of any length. */
const MOST_TRIPLES = 500
const MOST_CHARACTERS = 48_000
const LABEL = `${RDFS}comment`
const PROBE_MILLISECONDS = 30_000

/** Options of the annotations' store beside its id; credentials where the server asks readers for them. */
export interface GraphAccess {
  readonly endpoint: string
  readonly graph: string
  readonly user?: string
  readonly password?: string
}

/** The graph that says whose the other one is: in it, the mark would be a triple of the example. */
const markGraph = (graph: string): string => `${graph}:mark`

/**
 * Loads the annotations into a graph of their own, and looks whether the server gives back what it was given.
 * @throws `conflict` where the graph is somebody else's; `store-failed`, without credentials
 */
export async function loadAnnotations(server: SparqlServer, context: LoadContext): Promise<Loaded> {
  const { directory, names, signal, warn } = context
  signal.throwIfAborted()
  const access = await readAccess(server, names.graph, signal)
  const triples = await readTriples(join(directory, 'annotations'), signal)
  const what = `${triples.length} triples in the graph ${names.graph}`
  const expected = markOf(digestOf(triples.map(lineOf).sort()))
  const there = await contentOf(access, signal)
  const mark = await markOfGraph(access, there.length, signal)
  const isKept = mark === expected && there.length === triples.length
  if (!isKept) await replace(triples, expected, updateOf(server), context)
  const stored = isKept ? there : await contentOf(access, signal)
  const lost = firstLost(triples, stored)
  if (lost !== undefined) {
    warn(
      `${STORES.annotations}: ${lost.count} of ${triples.length} triples do not come back as they were given, such as ${lineOf(lost.first)}: answers over them differ from those of the files`,
    )
  }
  return { what, isKept }
}

/**
 * How the graph is read: with credentials only where the server asks readers for them.
 * @throws `usage` where it does and there are none
 */
export async function readAccess(server: SparqlServer, graph: string, signal: AbortSignal): Promise<GraphAccess> {
  const { endpoint, user, password } = server
  const access = { endpoint, graph }
  const url = `${endpoint}${endpoint.includes('?') ? '&' : '?'}${new URLSearchParams({ query: 'ASK {}' })}`
  const headers = { Accept: 'application/sparql-results+json' }
  // A server that cannot be reached is told when it is asked for the graph.
  const status = await limited(signal, PROBE_MILLISECONDS, async (within) => {
    const response = await fetch(url, { headers, signal: within, redirect: 'manual' })
    await response.arrayBuffer()
    return response.status
  }).catch(() => 0)
  signal.throwIfAborted()
  if (status !== 401 && status !== 403) return access
  if (user !== undefined) return { ...access, user, ...(password === undefined ? {} : { password }) }
  const reason = `answers ${status} to who does not say who it is: set SPARQL_USER and SPARQL_PASSWORD`
  throw new PolyprovError('usage', `The SPARQL server at ${endpoint} ${reason}`)
}

async function readTriples(folder: string, signal: AbortSignal): Promise<readonly Quad[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.ttl')).sort()
  const found = new Map<string, Quad>()
  for (const [index, file] of files.entries()) {
    for await (const block of loadQuads(join(folder, file), signal)) {
      for (const quad of block) {
        const own = withLabels(quad, `f${index}_`)
        found.set(lineOf(own), own)
      }
    }
  }
  return [...found.values()]
}

/** Blank nodes of two files are never one. */
function withLabels(quad: Quad, prefix: string): Quad {
  const labelled = <Node extends Term>(term: Node): Node =>
    term.termType === 'BlankNode' ? ({ ...term, termType: 'BlankNode', value: prefix + term.value } as Node) : term
  return {
    ...quad,
    subject: labelled(quad.subject),
    predicate: quad.predicate,
    object: labelled(quad.object),
    graph: quad.graph,
  } as Quad
}

const lineOf = ({ subject, predicate, object }: Quad): string =>
  `${ntriplesTerm(subject)} ${ntriplesTerm(predicate)} ${ntriplesTerm(object)} .`

async function replace(triples: readonly Quad[], mark: string, update: Update, context: LoadContext): Promise<void> {
  const { names, signal, progress } = context
  const [graph, marks] = [bracketed(names.graph), bracketed(markGraph(names.graph))]
  const write = async (text: string) => {
    await update(`CLEAR SILENT GRAPH ${marks}`, signal)
    await update(`INSERT DATA { GRAPH ${marks} { ${graph} ${bracketed(LABEL)} ${quoted(text)} } }`, signal)
  }
  // First, so that what is there when loading breaks off is known as our own.
  await write(markOf('loading'))
  await update(`CLEAR SILENT GRAPH ${graph}`, signal)
  let done = 0
  const insert = async (block: readonly Quad[]) => {
    const data = `GRAPH ${graph} {\n${block.map(lineOf).join('\n')}\n}`
    // Virtuoso takes no blank nodes as data, only as a template.
    await update(block.some(hasBlankNode) ? `INSERT { ${data} } WHERE { }` : `INSERT DATA { ${data} }`, signal)
    done += block.length
    progress(STORES.annotations, done, triples.length)
  }
  for (const block of blocksOf(triples)) await insert(block)
  await write(mark)
}

const hasBlankNode = ({ subject, object }: Quad): boolean =>
  subject.termType === 'BlankNode' || object.termType === 'BlankNode'

/** Triples of blank nodes stay together: a label means one node within an update, and no longer. */
function* blocksOf(triples: readonly Quad[]): Generator<readonly Quad[]> {
  const together = triples.filter(hasBlankNode)
  if (together.length > 0) yield together
  let block: Quad[] = []
  let length = 0
  for (const triple of triples) {
    if (hasBlankNode(triple)) continue
    const size = lineOf(triple).length
    if (block.length > 0 && (block.length >= MOST_TRIPLES || length + size > MOST_CHARACTERS)) {
      yield block
      block = []
      length = 0
    }
    block.push(triple)
    length += size
  }
  if (block.length > 0) yield block
}

interface Triple {
  readonly subject: Term
  readonly predicate: Term
  readonly object: Term
}

/** The triples of a graph, as a store of a polystore gives them. */
async function contentOf(access: GraphAccess, signal: AbortSignal): Promise<readonly Triple[]> {
  const store = { id: STORES.annotations, type: 'sparql', ...access }
  await using polystore = await open({ stores: [store] })
  const execution = await polystore.execute('SELECT ?s ?p ?o { ?s ?p ?o }', { signal })
  if (execution.kind !== 'bindings') throw new PolyprovError('internal', 'a SELECT that gives no rows')
  const triples: Triple[] = []
  for await (const block of execution.blocks) {
    for (const [subject, predicate, object] of block)
      triples.push({ subject: subject!, predicate: predicate!, object: object! })
  }
  return triples
}

/** The mark of the graph; `undefined` where it is new. @throws `conflict` where anything in it is not ours */
async function markOfGraph(access: GraphAccess, triples: number, signal: AbortSignal): Promise<string | undefined> {
  const place = (graph: string) => `The graph ${graph} of the SPARQL server`
  const marks = await contentOf({ ...access, graph: markGraph(access.graph) }, signal)
  const [mark] = marks
  if (mark === undefined) {
    if (triples > 0) throw notOurs(place(access.graph), `${triples} triples`)
    return undefined
  }
  const isOurs = marks.length === 1 && mark.subject.value === access.graph && mark.object.value.startsWith(MARK)
  if (!isOurs) throw notOurs(place(markGraph(access.graph)), `${marks.length} triples`)
  return mark.object.value
}

/** The triples that were given and are not there; blank nodes have other labels, and are left out. */
function firstLost(given: readonly Quad[], stored: readonly Triple[]): { count: number; first: Quad } | undefined {
  const there = new Set(stored.map(keyOf))
  const lost = given.filter((quad) => !hasBlankNode(quad) && !there.has(keyOf(quad)))
  return lost[0] === undefined ? undefined : { count: lost.length, first: lost[0] }
}

/** Terms that answers do not tell apart have one key: a number counts by its type and value. */
const keyOf = ({ subject, predicate, object }: Triple): string =>
  `${ntriplesTerm(subject)} ${ntriplesTerm(predicate)} ${ntriplesTerm(byValue(object))}`

function byValue(term: Term): Term {
  if (term.termType !== 'Literal' || !NUMBER.test(term.value)) return term
  return /[#](decimal|double|float|integer|int|long|short|byte)$/.test(term.datatype.value)
    ? literal(String(Number(term.value)), iri(term.datatype.value))
    : term
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
