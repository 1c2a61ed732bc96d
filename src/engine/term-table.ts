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
  const decoded = new Map<number, Term>()

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
  const decode = (id: number): Term => {
    if (id > mark) return ownTerms[id - mark - 1]!
    const known = decoded.get(id)
    if (known !== undefined) return known
    const term = termFromKey(base!.key(id))
    decoded.set(id, term)
    return term
  }
  return { encode, find, decode, ...(base === undefined ? {} : { base }) }
}
