import { type Term, termFromKey, termKey } from '../../../planner/term.ts'
import type { Dictionary } from '../../connector.ts'
import type { Snapshot } from '../store/index.ts'

/**
 * Between the ids of a query and those of a snapshot. Terms that the snapshot does not have get ids above its mark: they
 * match no quad, but equal themselves.
 */
export interface Translation {
  /** The ids are the same: nothing needs translating. */
  readonly same: boolean
  /** A query's id in the snapshot; 0 stays 0. */
  inward(id: number): number
  /** A snapshot's id in the query; 0 stays 0. */
  outward(id: number): number
  /** The snapshot's id of a term. */
  idOf(term: Term): number
}

/**
 * `scope` stands before the labels of the snapshot's blank nodes in the query, so that equal labels of two stores are
 * two nodes; '' where the labels tell the store already.
 */
export function translationOf(dictionary: Dictionary, snapshot: Snapshot, scope: string): Translation {
  if (dictionary.base === snapshot.dictionary)
    return { same: true, inward: (id) => id, outward: (id) => id, idOf: (term) => dictionary.encode(term) }
  const { mark } = snapshot.dictionary
  const inwards = idPages()
  const outwards = idPages()
  const foreign = new Map<string, number>()
  const foreignTerms: Term[] = []

  const idOf = (term: Term): number => {
    const key = inwardKey(termKey(term), scope)
    const known = key === undefined ? 0 : snapshot.dictionary.find(key)
    if (known !== 0) return known
    const own = termKey(term)
    let id = foreign.get(own)
    if (id === undefined) {
      foreignTerms.push(term)
      id = mark + foreignTerms.length
      foreign.set(own, id)
    }
    return id
  }
  return {
    same: false,
    idOf,
    inward(id) {
      if (id === 0) return 0
      const known = inwards.get(id)
      if (known !== 0) return known
      const found = idOf(dictionary.decode(id))
      inwards.set(id, found)
      return found
    },
    outward(id) {
      if (id === 0) return 0
      const known = outwards.get(id)
      if (known !== 0) return known
      const term =
        id > mark ? foreignTerms[id - mark - 1]! : termFromKey(outwardKey(snapshot.dictionary.key(id), scope))
      const made = dictionary.encode(term)
      outwards.set(id, made)
      return made
    },
  }
}

const outwardKey = (key: string, scope: string): string => (key[0] === '_' ? `_${scope}${key.slice(1)}` : key)

/** The key in the store of a query's term; `undefined` for a blank node of another store. */
function inwardKey(key: string, scope: string): string | undefined {
  if (key[0] !== '_' || scope === '') return key
  return key.startsWith(scope, 1) ? `_${key.slice(1 + scope.length)}` : undefined
}

const PAGE_BITS = 12

/** Ids by id, in pages made where one is needed. */
function idPages(): { get(id: number): number; set(id: number, value: number): void } {
  const pages = new Map<number, Uint32Array>()
  let lastNumber = -1
  let last = new Uint32Array(0)
  const pageOf = (id: number): Uint32Array => {
    const number = id >>> PAGE_BITS
    if (number === lastNumber) return last
    let page = pages.get(number)
    if (page === undefined) {
      page = new Uint32Array(1 << PAGE_BITS)
      pages.set(number, page)
    }
    lastNumber = number
    last = page as Uint32Array<ArrayBuffer>
    return page
  }
  const mask = (1 << PAGE_BITS) - 1
  return {
    get: (id) => pageOf(id)[id & mask]!,
    set(id, value) {
      pageOf(id)[id & mask] = value
    },
  }
}
