import { XSD_STRING } from '../../../planner/functions/literals.ts'
import { numericValue } from '../../../planner/functions/numeric-values.ts'
import { compareSortKeys, type SortKey, sortKey } from '../../../planner/functions/order.ts'
import type { Term } from '../../../planner/term.ts'
import { breathe, type QueryContext } from '../context.ts'
import { orderOfDoubles } from './radix-sort.ts'
import { orderOfStrings } from './string-order.ts'

/** Terms that are read without a pause. */
const STRETCH = 4_096

/** Terms in their order, as indices, and which of them are equal in it: none without `isEqual`. */
export interface Ordered {
  readonly order: Uint32Array
  readonly isEqual?: (a: number, b: number) => boolean
}

/** The order of the terms that different ids stand for (SPARQL 1.1, section 15.1); 0 is unbound. */
export async function orderOfTerms(ids: Uint32Array, context: QueryContext): Promise<Ordered> {
  const { dictionary, signal } = context
  const terms: (Term | undefined)[] = new Array(ids.length)
  for (let start = 0; start < ids.length; start += STRETCH) {
    const end = Math.min(ids.length, start + STRETCH)
    for (let i = start; i < end; i++) terms[i] = ids[i] === 0 ? undefined : dictionary.decode(ids[i]!)
    await breathe(signal)
  }
  return (await byNumbers(terms, signal)) ?? (await byTexts(terms, signal)) ?? (await byKeys(terms, signal))
}

type Terms = readonly (Term | undefined)[]

/** The order of terms that are all numbers which doubles hold exactly: their values are read, and nothing kept of them. */
async function byNumbers(terms: Terms, signal: AbortSignal): Promise<Ordered | undefined> {
  const values = new Float64Array(terms.length)
  for (let start = 0; start < terms.length; start += STRETCH) {
    const end = Math.min(terms.length, start + STRETCH)
    for (let i = start; i < end; i++) {
      const value = numericValue(terms[i])
      if (value?.kind !== 'integer' && value?.kind !== 'double') return undefined
      if (typeof value.value !== 'number') return undefined
      values[i] = value.value
    }
    await breathe(signal)
  }
  const isEqual = (a: number, b: number): boolean =>
    values[a] === values[b] || (Number.isNaN(values[a]) && Number.isNaN(values[b]))
  return { order: await orderOfDoubles(values, signal), isEqual }
}

/**
 * The order of terms that are all IRIs, or all strings without a language: that of their texts, of which no two are
 * equal, since the ids are different.
 */
async function byTexts(terms: Terms, signal: AbortSignal): Promise<Ordered | undefined> {
  const texts: string[] = new Array(terms.length)
  const kind = terms[0]?.termType
  for (let i = 0; i < terms.length; i++) {
    const term = terms[i]
    if (term === undefined || term.termType !== kind || term.termType === 'BlankNode') return undefined
    if (term.termType === 'Literal' && (term.language !== '' || term.datatype.value !== XSD_STRING.value)) {
      return undefined
    }
    texts[i] = term.value
    if (i % STRETCH === STRETCH - 1) await breathe(signal)
  }
  return { order: await orderOfStrings(texts, signal) }
}

/** The order of any terms, by comparison. */
async function byKeys(terms: Terms, signal: AbortSignal): Promise<Ordered> {
  const keys: SortKey[] = new Array(terms.length)
  for (let i = 0; i < terms.length; i++) {
    keys[i] = sortKey(terms[i])
    if (i % STRETCH === STRETCH - 1) await breathe(signal)
  }
  const order = Uint32Array.from(keys, (_, i) => i)
  order.sort((a, b) => compareSortKeys(keys[a]!, keys[b]!) || a - b)
  return { order, isEqual: (a, b) => compareSortKeys(keys[a]!, keys[b]!) === 0 }
}
