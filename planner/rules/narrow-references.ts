import type { Plan, Resolve, VariableName } from '../algebra.ts'
import { join } from '../constructors.ts'
import { provenanceSource, selectSources } from '../select.ts'
import type { Catalog } from '../source.ts'
import { iri, isVariable, type NamedNode } from '../term.ts'
import { walk } from '../traverse.ts'
import { isFresh } from '../variables.ts'
import { isPending } from './place-references.ts'
import { STORED_IN } from './resolve-references.ts'
import { rewriteUp } from './rewrite.ts'
import type { Rule } from './rule.ts'

/**
 * Where one store alone can answer of references, the provenance is asked for those that lead there, and for no others.
 * Not as long as some reference leads to a store that is unknown: whoever meets it must be told.
 */
export const narrowReferences: Rule = {
  name: 'narrow-references',
  optional: true,
  apply(plan, { catalog }) {
    // Where references lead to is looked for only where a plan depends on it.
    if (![...walk(plan)].some(isPending) || !leadToKnownStores(catalog)) return plan
    const stores = new Map<VariableName, NamedNode>()
    const narrowed = rewriteUp(plan, (node) => (node.kind === 'join' ? narrow(node, stores, catalog) : node))
    // What is left-joined to a reference names its store as well.
    return stores.size === 0 ? plan : rewriteUp(narrowed, (node) => (node.kind === 'resolve' ? at(node, stores) : node))
  },
}

function leadToKnownStores(catalog: Catalog): boolean {
  const referenced = provenanceSource(catalog)?.description.referencedStores
  if (referenced === undefined) return false
  const known = new Set(catalog.sources.map((source) => source.iri))
  return [...referenced].every((store) => known.has(store))
}

/** The join with the IRI in place of the variable of a store; notes which variable it was. */
function narrow(plan: Plan & { kind: 'join' }, stores: Map<VariableName, NamedNode>, catalog: Catalog): Plan {
  const pending = plan.inputs.filter(isPending)
  const inputs = plan.inputs.map((input) => {
    if (input.kind !== 'pattern' || input.predicate.value !== STORED_IN.value || !isVariable(input.object)) return input
    // What other stores have recorded is not known to lead anywhere.
    if (selectSources(input, catalog).sources.some(({ role }) => role !== 'provenance')) return input
    const store = onlyStore(pending, input.object.value, catalog)
    if (store === undefined) return input
    stores.set(input.object.value, store)
    return { ...input, object: store, narrowed: true as const }
  })
  return inputs.every((input, index) => input === plan.inputs[index]) ? plan : join(inputs)
}

/** The store that references must lead to, given the variable of it; a query's own variable may be read elsewhere. */
function onlyStore(pending: readonly Resolve[], name: VariableName, { sources }: Catalog): NamedNode | undefined {
  if (!isFresh(name)) return undefined
  const found = pending.find(({ store, patterns }) => isVariable(store) && store.value === name && patterns.length > 0)
  const [only, other] = found?.sources ?? []
  const source = other === undefined ? sources.find(({ id }) => id === only) : undefined
  return source && iri(source.iri)
}

function at(plan: Resolve, stores: ReadonlyMap<VariableName, NamedNode>): Resolve {
  const store = isVariable(plan.store) ? stores.get(plan.store.value) : undefined
  return store === undefined ? plan : { ...plan, store }
}
