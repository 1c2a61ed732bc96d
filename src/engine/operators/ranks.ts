import type { QueryContext } from '../context.ts'
import { orderOfTerms } from './term-order.ts'

export interface Ranks {
  /** The rank of each row, from 0. */
  readonly ranks: Uint32Array
  readonly count: number
}

/** The rank of each row by its id, 0 for unbound: distinct terms are put in order, rows only by their ranks. */
export async function ranksOf(ids: Uint32Array, context: QueryContext): Promise<Ranks> {
  const distinct = distinctOf(ids)
  const { order, isEqual } = await orderOfTerms(distinct, context)
  const rankOf = new Uint32Array(distinct.length)
  let rank = 0
  for (let i = 1; i < order.length; i++) {
    if (isEqual?.(order[i - 1]!, order[i]!) !== true) rank++
    rankOf[order[i]!] = rank
  }
  return { ranks: ranksOfIds(ids, distinct, rankOf), count: rank + 1 }
}

/** The ids that occur, ascending. */
function distinctOf(ids: Uint32Array): Uint32Array {
  let most = 0
  for (let i = 0; i < ids.length; i++) if (ids[i]! > most) most = ids[i]!
  if (most <= ids.length * 32) return marked(ids, most)
  const sorted = ids.slice().sort()
  let count = 0
  for (let i = 0; i < sorted.length; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) sorted[count++] = sorted[i]!
  }
  return sorted.subarray(0, count)
}

/** The ids that occur by a bit for each up to `most`: ids are given in sequence, so that there are not many. */
function marked(ids: Uint32Array, most: number): Uint32Array {
  const words = new Uint32Array((most >>> 5) + 1)
  let count = 0
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!
    const bit = 1 << (id & 31)
    if ((words[id >>> 5]! & bit) !== 0) continue
    words[id >>> 5]! |= bit
    count++
  }
  const found = new Uint32Array(count)
  for (let id = 0, next = 0; next < count; id++) {
    if ((words[id >>> 5]! & (1 << (id & 31))) !== 0) found[next++] = id
  }
  return found
}

function ranksOfIds(ids: Uint32Array, distinct: Uint32Array, rankOf: Uint32Array): Uint32Array {
  const ranks = new Uint32Array(ids.length)
  const span = distinct.length === 0 ? 0 : distinct[distinct.length - 1]! - distinct[0]! + 1
  if (span <= ids.length * 8) {
    const first = distinct[0] ?? 0
    const byId = new Uint32Array(span)
    for (let i = 0; i < distinct.length; i++) byId[distinct[i]! - first] = rankOf[i]!
    for (let row = 0; row < ids.length; row++) ranks[row] = byId[ids[row]! - first]!
    return ranks
  }
  const byId = new Map<number, number>()
  for (let i = 0; i < distinct.length; i++) byId.set(distinct[i]!, rankOf[i]!)
  for (let row = 0; row < ids.length; row++) ranks[row] = byId.get(ids[row]!)!
  return ranks
}
