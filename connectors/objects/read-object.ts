import type { Pattern } from '../../planner/algebra.ts'
import { PolyprovError } from '../../planner/errors.ts'
import { HDF5 } from '../../planner/namespaces.ts'
import { iri, isVariable, literal, type Quad, quad } from '../../planner/term.ts'
import { type Dictionary, objectIri, type Request } from '../connector.ts'
import type { ObjectFormat } from '../formats/format.ts'
import { headedReader } from './headed-reader.ts'
import type { CachedHeader, HeaderCache } from './header-cache.ts'
import type { ObjectInfo, ObjectStore } from './object-store.ts'
import { FORMAT, OBJECT_TERMS, objectTriples, type Place } from './object-terms.ts'

/** What is asked of objects: predicates, and paths within them where all that is asked has named paths. */
export interface Wanted {
  readonly predicates: ReadonlySet<string>
  readonly paths?: readonly string[]
}

/** What patterns ask; a variable predicate asks for nothing but what a listing tells. */
export function wantedBy(patterns: readonly Pattern[]): Wanted {
  const predicates = new Set(
    patterns.flatMap(({ predicate }) => (isVariable(predicate) ? OBJECT_TERMS : [predicate.value])),
  )
  const paths = namedPaths(patterns)
  return paths === undefined ? { predicates } : { predicates, paths }
}

/** The constants of `hdf5:path`, where each node that is asked for has one. */
function namedPaths(patterns: readonly Pattern[]): readonly string[] | undefined {
  const of = (term: string) => patterns.filter(({ predicate }) => predicate.value === HDF5 + term)
  const named = of('path').filter(({ object }) => object.termType === 'Literal')
  const nodes = of('object').map(({ object }) => object)
  const hasPath = (node: (typeof nodes)[number]) => named.some(({ subject }) => subject.equals(node))
  if (nodes.length === 0 || !nodes.every(hasPath)) return undefined
  return [...new Set(named.map(({ object }) => object.value))].sort()
}

/** Reads what is asked of one object: what the store says of it, and its headers where they are asked for. */
export interface ObjectReader {
  /** The object's state, `undefined` where it is gone; taken once in a query. */
  stat(locator: string, request: Request): Promise<ObjectInfo | undefined>
  /** Triples of the object under its object IRI. Rejects with `malformed-object`, naming store and locator. */
  triples(info: ObjectInfo, wanted: Wanted, request: Request): Promise<readonly Quad[]>
}

/** Enough to recognise every format, and all of a SEG-Y file's headers before its traces as a rule. */
const HEAD = 16 * 1024

/** What one query has seen and read so far. */
interface QueryState {
  readonly infos: Map<string, Promise<ObjectInfo | undefined>>
  readonly headers: Map<string, Promise<CachedHeader>>
}

export function objectReader(
  store: ObjectStore,
  formats: readonly ObjectFormat[],
  place: Place,
  cache: HeaderCache,
): ObjectReader {
  // Keyed by the dictionary because each query has one of its own for as long as it runs: within a query an object is
  // looked at once and has one state, in the next one it is looked at again.
  const queries = new WeakMap<Dictionary, QueryState>()
  const stateOf = ({ dictionary }: Request): QueryState => {
    let state = queries.get(dictionary)
    if (state === undefined) {
      state = { infos: new Map(), headers: new Map() }
      queries.set(dictionary, state)
    }
    return state
  }
  const headerTerms = new Set([FORMAT, ...formats.flatMap(({ predicates }) => predicates)])

  return {
    stat(locator, request) {
      return once(stateOf(request).infos, locator, () => store.stat(locator, request))
    },
    async triples(info, wanted, request) {
      const asked = new Set([...wanted.predicates].filter((predicate) => headerTerms.has(predicate)))
      const known = objectTriples(info, place)
      if (asked.size === 0) return known
      // The state of the listing may be older than the query's own look at the object: its etag is part of the key.
      const key = JSON.stringify([info.locator, wanted.paths ?? null])
      const job = JSON.stringify([key, info.etag, [...asked].sort()])
      const header = await once(stateOf(request).headers, job, () =>
        readHeader(info, key, { ...wanted, predicates: asked }, request),
      )
      const subject = iri(objectIri(place.base, place.store, info.locator))
      const format = header.format === undefined ? [] : [quad(subject, iri(FORMAT), literal(header.format))]
      // What is kept may be more than was asked: a variable predicate must not see it by chance.
      return [...known, ...format, ...header.triples.filter(({ predicate }) => asked.has(predicate.value))]
    },
  }

  async function readHeader(info: ObjectInfo, key: string, wanted: Wanted, request: Request): Promise<CachedHeader> {
    const cached = cache.get(key, info.etag)
    if (cached !== undefined && isSubset(wanted.predicates, cached.predicates)) return cached
    // What was asked earlier is read again, so that two questions in turn do not drive each other out.
    const predicates = new Set([...wanted.predicates, ...(cached?.predicates ?? [])])
    try {
      await using object = await store.open(info, request)
      const head = await object.read(0, Math.min(HEAD, object.size), request.signal)
      const header = await recogniseAndRead(info, headedReader(object, head), head, { ...wanted, predicates }, request)
      cache.set(key, header)
      return header
    } catch (error) {
      throw located(error, info.locator)
    }
  }

  async function recogniseAndRead(
    info: ObjectInfo,
    reader: ReturnType<typeof headedReader>,
    head: Uint8Array,
    wanted: Wanted,
    { signal, meter }: Request,
  ): Promise<CachedHeader> {
    const { etag, locator } = info
    const format = formats.find((each) => each.recognises(locator, head))
    if (format === undefined) return { etag, predicates: headerTerms, triples: [] }
    const name = format.nameOf?.(locator, head) ?? format.name
    const own = format.predicates.filter((predicate) => wanted.predicates.has(predicate))
    if (own.length === 0) {
      // Terms of other formats have been looked for as well, and are not here.
      const others = [...headerTerms].filter((predicate) => !format.predicates.includes(predicate))
      return { etag, format: name, predicates: new Set(others), triples: [] }
    }
    const predicates = format.whole === true ? headerTerms : new Set([...wanted.predicates, FORMAT])
    const object = objectIri(place.base, place.store, locator)
    const request = {
      predicates: format.whole === true ? new Set(format.predicates) : wanted.predicates,
      signal,
      warn: (message: string) => meter.warn(message),
    }
    const triples = await format.triples(
      reader,
      { reference: iri(object), object },
      wanted.paths === undefined ? request : { ...request, paths: wanted.paths },
    )
    return { etag, format: name, predicates, triples }
  }

  /** Formats know neither store nor locator: errors of theirs are told where they belong. */
  function located(error: unknown, locator: string): unknown {
    if (!(error instanceof PolyprovError) || error.details.locator !== undefined) return error
    const message = `The object '${locator}' of the store '${place.store}' is ${error.message}`
    return new PolyprovError(
      error.code,
      error.code === 'malformed-object' ? message : `${place.store}, ${locator}: ${error.message}`,
      {
        store: place.store,
        locator,
        cause: error,
      },
    )
  }
}

const isSubset = (part: ReadonlySet<string>, whole: ReadonlySet<string>): boolean =>
  [...part].every((each) => whole.has(each))

function once<Value>(values: Map<string, Promise<Value>>, key: string, make: () => Promise<Value>): Promise<Value> {
  let value = values.get(key)
  if (value === undefined) {
    value = make()
    values.set(key, value)
  }
  return value
}
