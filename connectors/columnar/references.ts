import { PL } from '../../planner/namespaces.ts'
import { iri, termFromKey, termKey } from '../../planner/term.ts'
import type { Snapshot } from './store/index.ts'

/** The stores, by IRI, that data references lead to. */
export function referencedStores(snapshot: Snapshot): ReadonlySet<string> {
  const { dictionary } = snapshot
  const stored = dictionary.find(termKey(iri(`${PL}isStoredInStore`)))
  const stores = stored === 0 ? [] : snapshot.objectCounts(stored).keys()
  return new Set([...stores].map((store) => termFromKey(dictionary.key(store)).value))
}

/** The stores, by IRI, that a data reference leads to whose own IRI is not `<store>/object/<locator>`. */
export function renamedReferences(snapshot: Snapshot): ReadonlySet<string> {
  const { dictionary } = snapshot
  const [stored, value] = ['isStoredInStore', 'value'].map((name) => dictionary.find(termKey(iri(PL + name))))
  const found = new Set<string>()
  if (!stored || !value) return found
  const storesOf = new Map<number, number>()
  // A second store of one reference cannot go with its IRI.
  snapshot.match(0, stored, 0, 0, (reference, _, store) => {
    if (storesOf.has(reference)) found.add(termFromKey(dictionary.key(store)).value)
    else storesOf.set(reference, store)
  })
  const prefixes = new Map<number, string>()
  const prefixOf = (store: number): string => {
    const prefix = prefixes.get(store) ?? `${termFromKey(dictionary.key(store)).value}/object/`
    prefixes.set(store, prefix)
    return prefix
  }
  snapshot.match(0, value, 0, 0, (reference, _, locator) => {
    const store = storesOf.get(reference)
    if (store === undefined) return
    const object = `${prefixOf(store)}${encodeURIComponent(termFromKey(dictionary.key(locator)).value)}`
    if (dictionary.key(reference) !== termKey(iri(object))) found.add(termFromKey(dictionary.key(store)).value)
  })
  return found
}
