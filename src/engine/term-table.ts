import type { BaseDictionary, Dictionary } from '../../connectors/connector.ts'
import { type Term, termFromKey, termKey } from '../../planner/term.ts'
import type { MemoryBudget } from './context.ts'

/** What a term takes beside its characters: two objects, an entry of the map and one of the list. */
const TERM_BYTES = 128
/** Key and term each hold the characters, most of them in a byte. */
const BYTES_OF_CHARACTER = 2

/**
 * The ids of one query: those of the embedded store's dictionary up to its mark, and above it the query's own for terms
 * that come from elsewhere or are computed. A term that the base holds beneath the mark never gets a second id. The
 * query's own terms count against its memory budget, for as long as it lasts.
 * @throws PolyprovError `memory`, from `encode`, where they pass the budget
 */
export function createTermTable(base?: BaseDictionary, memory?: Pick<MemoryBudget, 'reserve'>): Dictionary {
  const mark = base?.mark ?? 0
  const ownIds = new Map<string, number>()
  const ownTerms: Term[] = []

  const find = (term: Term): number => {
    const key = termKey(term)
    return ownIds.get(key) ?? base?.find(key) ?? 0
  }
  const encode = (term: Term): number => {
    const key = termKey(term)
    const known = ownIds.get(key)
    if (known !== undefined) return known
    const below = base === undefined ? 0 : base.find(key)
    if (below !== 0) return below
    memory?.reserve(TERM_BYTES + key.length * BYTES_OF_CHARACTER)
    ownTerms.push(term)
    const id = mark + ownTerms.length
    ownIds.set(key, id)
    return id
  }
  const decodeBase = decoderOf(base)
  const decode = (id: number): Term => (id > mark ? ownTerms[id - mark - 1]! : decodeBase(id))
  return { encode, find, decode, ...(base === undefined ? {} : { base }) }
}

/** Decoded terms of the base that are kept at most: they are had again at little cost. */
const DECODED = 262_144

function decoderOf(base: BaseDictionary | undefined): (id: number) => Term {
  const decoded = new Map<number, Term>()
  return (id) => {
    const known = decoded.get(id)
    if (known !== undefined) return known
    const term = termFromKey(base!.key(id))
    if (decoded.size >= DECODED) decoded.clear()
    decoded.set(id, term)
    return term
  }
}

/** The ids of one query. */
export interface TermTable extends Dictionary {
  /** Of a query whose rows leave as they come: told of a batch that has left, with so many values. */
  passed?(values: number): void
}

interface Generation {
  /** Id of its first term. */
  readonly first: number
  readonly ids: Map<string, number>
  readonly terms: Term[]
  bytes: number
}

const NO_IDS: Generation['ids'] = new Map()

/**
 * Terms of a generation at least; else as many as the largest batch so far has values: no more are under way at once, as
 * each batch is asked for when the one before has left. No more than that: what outlives the collections of young
 * objects is moved to where V8 lets four times of it gather before it looks again.
 */
const GENERATION_TERMS = 8_192

/**
 * A {@link createTermTable} for rows that come from one fragment and leave as they come: it keeps the terms of two
 * generations, so that any number of rows pass through it in bounded memory. A term that comes again after its
 * generation has another id, so no operator may compare ids of different batches.
 */
export function createPassingTable(
  base: BaseDictionary | undefined,
  memory: Pick<MemoryBudget, 'reserve' | 'release'>,
): TermTable {
  const mark = base?.mark ?? 0
  const decodeBase = decoderOf(base)
  const generation = (first: number): Generation => ({ first, ids: new Map(), terms: [], bytes: 0 })
  let current = generation(mark + 1)
  let previous = current
  let largest = 0
  const findKey = (key: string): number => current.ids.get(key) ?? base?.find(key) ?? 0
  return {
    find: (term) => findKey(termKey(term)),
    encode(term) {
      const key = termKey(term)
      const known = findKey(key)
      if (known !== 0) return known
      const bytes = TERM_BYTES + key.length * BYTES_OF_CHARACTER
      memory.reserve(bytes)
      current.bytes += bytes
      const id = current.first + current.terms.length
      current.terms.push(term)
      current.ids.set(key, id)
      return id
    },
    decode(id) {
      if (id <= mark) return decodeBase(id)
      const of = id >= current.first ? current : previous
      return of.terms[id - of.first]!
    },
    passed(values) {
      largest = Math.max(largest, values)
      if (current.terms.length < Math.max(GENERATION_TERMS, largest)) return
      if (previous !== current) memory.release(previous.bytes)
      // Its terms are still decoded, but no longer found.
      previous = { ...current, ids: NO_IDS }
      current = generation(current.first + current.terms.length)
    },
    ...(base === undefined ? {} : { base }),
  }
}
