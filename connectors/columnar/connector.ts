import type { Plan } from '../../planner/algebra.ts'
import { isLeaf } from '../../planner/leaf.ts'
import { RDF } from '../../planner/namespaces.ts'
import type { SourceDescription, TermStatistics } from '../../planner/source.ts'
import { iri, type Term, termKey } from '../../planner/term.ts'
import type { BaseDictionary, Batch, Connector, Dictionary } from '../connector.ts'
import { evaluateLeaf } from './evaluate/leaf.ts'
import { type Translation, translationOf } from './evaluate/translation.ts'
import { referencedStores, renamedReferences } from './references.ts'
import { renderPlan } from './render.ts'
import type { Snapshot } from './store/index.ts'
import { estimatePlan, takesConjunct, takesPlan } from './support.ts'

/** What differs between the connectors over an embedded triple store. */
export interface SnapshotSource {
  readonly id: string
  readonly iri: string
  readonly type: string
  readonly role?: 'provenance'
  /** Stands before the labels of its blank nodes in a query; '' where they tell the store already. */
  readonly scope: string
  /** The latest state that is in memory. */
  latest(): Snapshot
  /** The state that a query which begins now is to read. */
  current(): Promise<Snapshot>
  /** Takes whatever is there now as the state; absent: {@link current}. */
  refresh?(): Promise<Snapshot>
}

/** A connector over an embedded triple store. */
export interface SnapshotConnector extends Connector {
  /** The snapshot that a query which begins now reads, for a term table over `snapshot.dictionary`. */
  snapshotForQuery(): Snapshot
  dictionary(): BaseDictionary
}

interface Reading {
  readonly snapshot: Snapshot
  readonly translation: Translation
}

/**
 * The connector's reading side: leaves are evaluated over one snapshot a query, all else by the operators that the
 * engine lends.
 */
export function connectorOver(source: SnapshotSource): SnapshotConnector {
  const byBase = new WeakMap<BaseDictionary, Snapshot>()
  const byQuery = new WeakMap<Dictionary, Promise<Reading>>()
  let described: { readonly snapshot: Snapshot; readonly description: SourceDescription } | undefined

  function description(): SourceDescription {
    const snapshot = source.latest()
    if (described?.snapshot !== snapshot) described = { snapshot, description: describeSnapshot(snapshot) }
    return described.description
  }

  /** Every fragment of a query reads the snapshot that its first one found, or the one that its term table is over. */
  function readingFor(dictionary: Dictionary): Promise<Reading> {
    const known = byQuery.get(dictionary)
    if (known !== undefined) return known
    const base = dictionary.base === undefined ? undefined : byBase.get(dictionary.base)
    const reading = (base === undefined ? source.current() : Promise.resolve(base)).then((snapshot) => ({
      snapshot,
      translation: translationOf(dictionary, snapshot, source.scope),
    }))
    byQuery.set(dictionary, reading)
    reading.catch(() => byQuery.delete(dictionary))
    return reading
  }

  async function* evaluate(
    plan: Plan,
    bindings: Batch | undefined,
    request: { readonly dictionary: Dictionary; readonly signal: AbortSignal },
  ): AsyncGenerator<Batch> {
    request.signal.throwIfAborted()
    const { snapshot, translation } = await readingFor(request.dictionary)
    yield* evaluateLeaf(plan, bindings, snapshot, translation, request.signal)
  }

  function snapshotForQuery(): Snapshot {
    const snapshot = source.latest()
    byBase.set(snapshot.dictionary, snapshot)
    return snapshot
  }

  return {
    id: source.id,
    iri: source.iri,
    type: source.type,
    ...(source.role === undefined ? {} : { role: source.role }),
    get description() {
      return description()
    },
    async describe(signal) {
      signal.throwIfAborted()
      await (source.refresh ?? source.current)()
      return description()
    },
    accepts: takesConjunct,
    push(fragment) {
      if (!takesPlan(fragment)) return undefined
      const native = {
        language: 'algebra',
        get text() {
          return renderPlan(fragment)
        },
        query: fragment,
      }
      return { native, ordered: true, limited: true }
    },
    estimate(fragment) {
      const snapshot = source.latest()
      return estimatePlan(fragment, snapshot, idIn(snapshot))
    },
    scan: (request) => evaluate(request.pattern, request.bindings, request),
    execute(native, request) {
      const plan = native.query as Plan
      const leaf = (inner: Plan, bindings?: Batch): AsyncIterable<Batch> => evaluate(inner, bindings, request)
      return isLeaf(plan) ? leaf(plan, request.bindings) : request.evaluate(plan, leaf)
    },
    async check(signal) {
      signal.throwIfAborted()
      await source.current()
    },
    snapshotForQuery,
    dictionary: () => snapshotForQuery().dictionary,
  }
}

/** Ids of a snapshot's terms; terms it does not have get one above its mark, which matches nothing. */
const idIn =
  ({ dictionary }: Snapshot) =>
  (term: Term): number =>
    dictionary.find(termKey(term)) || dictionary.mark + 1

function describeSnapshot(snapshot: Snapshot): SourceDescription {
  const { dictionary } = snapshot
  const iriOf = (id: number): string => dictionary.key(id).slice(1)
  const type = dictionary.find(termKey(iri(`${RDF}type`)))
  const classes: TermStatistics[] = []
  for (const [id, count] of type === 0 ? [] : snapshot.objectCounts(type))
    if (dictionary.key(id).startsWith('<')) classes.push({ iri: iriOf(id), count })
  let renamed: ReadonlySet<string> | undefined
  let referenced: ReadonlySet<string> | undefined
  return {
    predicates: [...snapshot.predicates()].map(([id, statistics]) => ({ iri: iriOf(id), ...statistics })),
    classes,
    triples: snapshot.quads,
    namedGraphs: snapshot.graphs().length > 0,
    // Looked for where a plan depends on it, once a state of the store.
    get renamedReferences() {
      renamed ??= renamedReferences(snapshot)
      return renamed
    },
    get referencedStores() {
      referenced ??= referencedStores(snapshot)
      return referenced
    },
  }
}
