import { bindJoins } from './bind-joins.ts'
import { bindServices } from './bind-services.ts'
import { dropSettledFilters } from './drop-settled-filters.ts'
import { groupExclusively } from './group-exclusively.ts'
import { limitOrder } from './limit-order.ts'
import { mergeFilters } from './merge-filters.ts'
import { narrowReferences } from './narrow-references.ts'
import { orderJoins } from './order-joins.ts'
import { placeReferences } from './place-references.ts'
import { planInside } from './plan-inside.ts'
import { pruneColumns } from './prune-columns.ts'
import { pushFilters } from './push-filters.ts'
import { pushIntoStores } from './push-into-stores.ts'
import { pushOptionals } from './push-optionals.ts'
import { resolveReferences } from './resolve-references.ts'
import type { Rule } from './rule.ts'
import { selectSources } from './select-sources.ts'
import { semiJoinExists } from './semi-join-exists.ts'
import { shareFragments } from './share-fragments.ts'

/** The rules, in the order that they run. */
export const RULES: readonly Rule[] = [
  // Shape first: EXISTS as joins, and the filters of a group above its one join.
  semiJoinExists,
  mergeFilters,
  // Which store answers what. References before the others: they add patterns that the provenance answers.
  resolveReferences,
  narrowReferences,
  selectSources,
  // Groups before filters, so that a filter over two patterns of one store finds them together; whole subtrees last.
  groupExclusively,
  pushFilters,
  pushOptionals,
  pushIntoStores,
  // Endpoints that are variables have to be bound: whatever the order of joins, what binds them comes first.
  bindServices,
  // Order needs the fragments' estimates, bind joins the order, shared visits the bind joins, columns all filters.
  orderJoins,
  bindJoins,
  placeReferences,
  shareFragments,
  dropSettledFilters,
  pruneColumns,
  limitOrder,
  // Last, because it looks into fragments, which no other rule enters.
  planInside,
]
