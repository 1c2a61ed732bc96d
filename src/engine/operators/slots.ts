/** Words of a slot in a table of open addressing: the code of a key, and what is kept for it, which is never 0. */
export const SLOT_WORDS = 2

/** A key as one word: the id itself where there is one column, so that equal codes are equal keys, else a hash. */
export function codeOf(columns: readonly Uint32Array[], row: number): number {
  if (columns.length === 1) return columns[0]![row]!
  let hash = 0
  for (let i = 0; i < columns.length; i++) hash = mix(hash, columns[i]![row]!)
  return hash >>> 0
}

/**
 * Where the search for a code begins, in a table of which `last` is the last word and whose size is a power of two.
 * Eight codes in a row share a cache line: ids that were given one after the other are mostly asked for so.
 */
export const homeSlot = (code: number, last: number): number => ((mix(0, code >>> 3) << 4) | ((code & 7) << 1)) & last

function mix(hash: number, id: number): number {
  const mixed = Math.imul(hash ^ id, 0x9e3779b1)
  return mixed ^ (mixed >>> 15)
}
