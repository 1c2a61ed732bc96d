import type { Expression, Plan, Resolve, VariableName } from '../algebra.ts'
import { call, extend, filter, join, termExpression, union, variableExpression } from '../constructors.ts'
import { LOCATOR_OF } from '../functions/references.ts'
import type { Source } from '../source.ts'
import { iri, isVariable, literal, variable } from '../term.ts'
import { certainlyBound, variablesOfExpression } from '../variables.ts'
import type { RuleContext } from './rule.ts'

/**
 * Inverse resolution: the store is asked first for the objects that satisfy the patterns and those of the filters that
 * it keeps itself; the objects' IRIs give the (store, locator) pairs that the provenance is then joined on. `undefined`
 * where a store cannot be asked so, or nothing makes the domain side selective.
 */
export function inverseOf(pending: Resolve, filters: readonly Expression[], context: RuleContext): Plan | undefined {
  if (!isVariable(pending.reference) || pending.optional.length > 0 || pending.patterns.length === 0) return undefined
  const object = context.fresh('object')
  const reference = pending.reference.value
  const patterns: Plan = join(
    pending.patterns.map((pattern) =>
      isVariable(pattern.subject) && pattern.subject.value === reference
        ? { ...pattern, subject: variable(object) }
        : pattern,
    ),
  )
  const inside = filters.filter((condition) => owns(patterns, condition))
  if (inside.length === 0 && !hasConstant(pending)) return undefined
  const parts = pending.sources.map((id) => {
    const source = context.catalog.sources.find((each) => each.id === id)
    return source === undefined ? undefined : askFirst(patterns, inside, source, pending, object)
  })
  return parts.every((part) => part !== undefined) ? union(parts) : undefined
}

const owns = (plan: Plan, condition: Expression): boolean => {
  const names = variablesOfExpression(condition)
  return names.length > 0 && names.every((name) => certainlyBound(plan).has(name))
}

const hasConstant = (pending: Resolve): boolean => pending.patterns.some(({ object }) => !isVariable(object))

function askFirst(
  patterns: Plan,
  filters: readonly Expression[],
  source: Source,
  pending: Resolve,
  object: VariableName,
): Plan | undefined {
  if (source.push === undefined || source.access?.required !== undefined) return undefined
  let plan = patterns
  let pushed = source.push(plan)
  for (const condition of filters) {
    const accepted = source.accepts?.(condition) ?? 'no'
    const next = accepted === 'no' ? undefined : source.push(filter(plan, condition))
    if (next === undefined || next.residual !== undefined) continue
    plan = filter(plan, condition)
    pushed = next
  }
  if (pushed === undefined || pushed.residual !== undefined) return undefined
  if (plan === patterns && !hasConstant(pending)) return undefined
  const fragment: Plan = { kind: 'fragment', source: source.id, plan, native: pushed.native }
  const { store } = pending
  const withStore = isVariable(store) ? extend(fragment, store.value, termExpression(iri(source.iri))) : fragment
  const withLocator = extend(withStore, pending.locator, call(LOCATOR_OF, variableExpression(object)))
  return filter(withLocator, call('&&', isObjectOf(source, object), call('BOUND', variableExpression(pending.locator))))
}

/** Views of a store may be of other things than its objects; without a locator these would join with every reference. */
const isObjectOf = (source: Source, object: VariableName): Expression =>
  call('STRSTARTS', call('STR', variableExpression(object)), termExpression(literal(`${source.iri}/object/`)))
