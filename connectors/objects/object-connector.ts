import type { Pattern } from '../../planner/algebra.ts'
import { PolyprovError } from '../../planner/errors.ts'
import type { SourceDescription } from '../../planner/source.ts'
import { iri, isVariable, type PatternTerm, type Term } from '../../planner/term.ts'
import { columnOf } from '../batch.ts'
import {
  type Bindings,
  type Connector,
  objectIri,
  type Resolved,
  type ResolveRequest,
  type ScanRequest,
  storeIri,
} from '../connector.ts'
import type { ObjectFormat } from '../formats/format.ts'
import { leftJoinRows } from '../left-join-rows.ts'
import { concurrently } from './concurrently.ts'
import { type HeaderCache, headerCache } from './header-cache.ts'
import { matchTriples } from './match-triples.ts'
import type { ObjectInfo, ObjectStore } from './object-store.ts'
import { LOCATOR, locatorOf, OBJECT_TERMS, type Place } from './object-terms.ts'
import { objectReader, wantedBy } from './read-object.ts'

export interface ObjectConnectorOptions {
  readonly id: string
  readonly type: string
  readonly base: string
  readonly formats: readonly ObjectFormat[]
  /** Most objects read at once; 8 where absent. */
  readonly concurrency?: number
  readonly cache?: HeaderCache
}

/** Rows of a listing that are handed on together. */
const BLOCK = 256
/** Most subjects that a listing looks up one by one instead of walking the store. */
const MOST_LOOKED_UP = 10_000

/** A store of objects whose headers answer patterns, whatever gives access to them. */
export function objectConnector(store: ObjectStore, options: ObjectConnectorOptions): Connector {
  const { id, type, base, formats, concurrency = 8 } = options
  const place: Place = { base, store: id }
  const own = storeIri(base, id)
  const reader = objectReader(store, formats, place, options.cache ?? headerCache())
  const terms = [...new Set([...OBJECT_TERMS, ...formats.flatMap(({ predicates }) => predicates)])]
  const ofNodes = new Set(formats.flatMap(({ nodePredicates = [] }) => nodePredicates))
  // Named graphs: none of its own; its listing answers to the store's IRI, which the planner knows without asking.
  const description: SourceDescription = {
    predicates: [],
    classes: [],
    namedGraphs: false,
    referencePredicates: terms.map((term) => ({ iri: term, ...(ofNodes.has(term) ? { ofNodes: true } : {}) })),
  }

  return {
    id,
    iri: own,
    type,
    description,
    access: { concurrency },
    describe: () => Promise.resolve(description),
    scan,
    resolution: (patterns) => ({ language: 'ranged reads', text: readsText(formats, wantedBy(patterns).predicates) }),
    resolve,
    check: (signal) => store.check(signal),
    async [Symbol.asyncDispose]() {
      await Promise.all(formats.map((format) => format[Symbol.asyncDispose]?.()))
    },
  }

  async function* resolve(request: ResolveRequest): AsyncGenerator<Resolved> {
    const groups = [request.patterns, ...(request.optional ?? [])]
    const wanted = wantedBy(groups.flat())
    yield* concurrently(request.locators.keys(), concurrency, request.signal, async (index): Promise<Resolved> => {
      request.signal.throwIfAborted()
      try {
        const locator = request.locators[index]!
        const info = await reader.stat(locator, request)
        if (info === undefined) throw missing(locator)
        const triples = await reader.triples(info, wanted, request)
        const object = iri(objectIri(base, id, info.locator))
        const [rows, ...optional] = groups.map((group) => {
          const patterns = group.map((pattern) => aboutObject(pattern, index, request, object))
          return matchTriples(patterns, triples).map((row) => aboutReference(row, object, request.references[index]!))
        })
        return { index, rows: optional.reduce(leftJoinRows, rows!) }
      } catch (error) {
        request.signal.throwIfAborted()
        if (!(error instanceof Error)) throw error
        return { index, rows: [], error }
      }
    })
  }

  async function* scan({ pattern, ...request }: ScanRequest): AsyncGenerator<readonly Bindings[]> {
    if (pattern.graph.termType !== 'DefaultGraph' && pattern.graph.value !== own) return
    const wanted = wantedBy([pattern])
    const answers = concurrently(objectsFor({ pattern, ...request }), concurrency, request.signal, async (info) => {
      request.signal.throwIfAborted()
      try {
        return matchTriples([pattern], await reader.triples(info, wanted, request))
      } catch (error) {
        // One broken object must not hide all others of a listing; whoever asks for it by name is told.
        if (!(error instanceof PolyprovError) || error.code !== 'malformed-object') throw error
        request.meter.warn(error.message)
        return []
      }
    })
    let block: Bindings[] = []
    for await (const rows of answers) {
      for (const row of rows) block.push(row)
      if (block.length < BLOCK) continue
      yield block
      block = []
    }
    if (block.length > 0) yield block
  }

  /** The objects that can answer: those that the pattern or its bindings name, else all of them. */
  async function* objectsFor(request: ScanRequest): AsyncGenerator<ObjectInfo> {
    const named = namedLocators(request)
    if (named === undefined) {
      yield* store.list('', request)
      return
    }
    for (const locator of named) {
      const info = await statNamed(locator, request)
      if (info !== undefined) yield info
    }
  }

  /** A locator that leads out of the store names none of its objects. */
  async function statNamed(locator: string, request: ScanRequest): Promise<ObjectInfo | undefined> {
    try {
      return await reader.stat(locator, request)
    } catch (error) {
      if (error instanceof PolyprovError && error.code === 'forbidden') return undefined
      throw error
    }
  }

  function namedLocators({ pattern, bindings, dictionary }: ScanRequest): ReadonlySet<string> | undefined {
    const { subject, predicate, object } = pattern
    if (!isVariable(subject))
      return new Set([locatorOf(subject.value, place)].filter((locator) => locator !== undefined))
    if (predicate.value === LOCATOR && object.termType === 'Literal') return new Set([object.value])
    const column = bindings === undefined ? undefined : columnOf(bindings, subject.value)
    if (column === undefined || bindings!.length > MOST_LOOKED_UP) return undefined
    const locators = new Set<string>()
    for (let row = 0; row < bindings!.length; row++) {
      if (column[row] === 0) return undefined
      const locator = locatorOf(dictionary.decode(column[row]!).value, place)
      if (locator !== undefined) locators.add(locator)
    }
    return locators
  }

  function missing(locator: string): PolyprovError {
    return new PolyprovError('missing-object', `The store '${id}' holds no object '${locator}'`, { store: id, locator })
  }
}

/** The ranges that the formats with the wanted terms read. */
const readsText = (formats: readonly ObjectFormat[], predicates: ReadonlySet<string>): string =>
  formats
    .filter((format) => format.reads !== undefined && format.predicates.some((term) => predicates.has(term)))
    .map(({ name, reads }) => `${name}: ${reads}`)
    .join('; ') || 'size, ETag and time of the object'

/** The pattern with the object in the place of the reference. */
function aboutObject(pattern: Pattern, index: number, request: ResolveRequest, object: Term): Pattern {
  const stand = request.reference ?? request.patterns[0]!.subject
  const own = request.references[index]!
  const put = <Position extends PatternTerm>(term: Position): Position | Term =>
    term.equals(stand) || term.equals(own) ? object : term
  return { ...pattern, subject: put(pattern.subject), object: put(pattern.object) }
}

/** The row with the reference in the place of the object. */
function aboutReference(row: Bindings, object: Term, reference: Term): Bindings {
  if (reference.equals(object)) return row
  return Object.fromEntries(Object.entries(row).map(([name, term]) => [name, term?.equals(object) ? reference : term]))
}
