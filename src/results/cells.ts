import type { Term } from '../../planner/term.ts'

/** Text of a term in some format. */
export type Encode = (term: Term) => string

const CAPACITY = 32_768
const TRIAL = 4_096

/**
 * The encoder of one column, with a cache of encoded terms by identity. A column whose terms hardly repeat gives its
 * cache up, for a look-up that misses costs more than it saves.
 */
export function cached(encode: Encode): Encode {
  let cache: Map<Term, string> | undefined = new Map()
  let lookups = 0
  let hits = 0
  return (term) => {
    if (cache === undefined) return encode(term)
    lookups++
    const known = cache.get(term)
    if (known !== undefined) {
      hits++
      return known
    }
    const text = encode(term)
    if (lookups > TRIAL && hits * 4 < lookups) cache = undefined
    else {
      if (cache.size >= CAPACITY) cache.clear()
      cache.set(term, text)
    }
    return text
  }
}

/**
 * A label that every RDF syntax can write, one for each label: letters and digits stay, anything else becomes its code
 * point between underscores.
 */
export const blankLabel = (label: string): string =>
  /^[A-Za-z0-9]+$/.test(label)
    ? label
    : `x${label.replace(/[^A-Za-z0-9]/gu, (character) => `_${character.codePointAt(0)!.toString(16)}_`)}`
