import type { Pattern, Plan, Resolve, VariableName } from '../algebra.ts'
import { distinct, join, leftJoin, project, union } from '../constructors.ts'
import { PL } from '../namespaces.ts'
import { mayRename, recordsReferences, selectSources } from '../select.ts'
import type { Source } from '../source.ts'
import { defaultGraph, iri, isVariable, type NamedNode, type PatternTerm, type Variable, variable } from '../term.ts'
import { mapChildren } from '../traverse.ts'
import { variablesOf, variablesOfPattern } from '../variables.ts'
import { groupByReference, type ReferenceGroup } from './reference-groups.ts'
import type { Rule, RuleContext } from './rule.ts'
import { unite } from './select-sources.ts'

export const STORED_IN = iri(`${PL}isStoredInStore`)
const VALUE = iri(`${PL}value`)

/**
 * Forward resolution: patterns on header terms and on documents under their object IRI become `resolve` nodes, and the
 * provenance is asked for the reference's store and locator along with the rest (no extra round trip). A `resolve` over
 * `unit` waits for the join that it is an input of to be ordered.
 */
export const resolveReferences: Rule = {
  name: 'resolve-references',
  optional: false,
  apply: (plan, context) => visit(plan, context),
}

function visit(plan: Plan, context: RuleContext): Plan {
  // Without recorded references there are only the stores' own listings: ordinary patterns on their objects.
  if (!recordsReferences(context.catalog)) return plan
  switch (plan.kind) {
    case 'join':
      return resolveGroup(plan.inputs, context)
    case 'pattern':
      return resolveGroup([plan], context)
    case 'leftJoin': {
      const left = visit(plan.left, context)
      const reused = plan.condition === undefined ? reuseReference(left, plan.right, context) : undefined
      return reused ?? leftJoin(left, visit(plan.right, context), plan.condition)
    }
    default:
      return mapChildren(plan, (child) => visit(child, context))
  }
}

function resolveGroup(inputs: readonly Plan[], context: RuleContext): Plan {
  const { groups, others } = groupByReference(inputs, inputs, context.catalog)
  if (groups.length === 0 && others === inputs) return join(inputs.map((input) => visitInput(input, context)))
  const plain = others.map((input) => visitInput(input, context))
  const resolved = groups.flatMap((group) => {
    if (group.withinObject) return [resolveEverywhere(group, context)]
    const known = findReference(inputs, group.reference) ?? addReference(group.reference, context)
    return [...known.added, resolveNode(group, known)]
  })
  return join([...plain, ...resolved])
}

/** Patterns on nodes of no known object: every reference is met, and what several references lead to counts once. */
function resolveEverywhere(group: ReferenceGroup, context: RuleContext): Plan {
  const reference = variable(context.fresh('reference'))
  const known = addReference(reference, context)
  const resolved = join([...known.added, resolveNode({ ...group, reference }, known)])
  return distinct(project(resolved, [...new Set(group.patterns.flatMap(variablesOfPattern))]))
}

const visitInput = (input: Plan, context: RuleContext): Plan =>
  input.kind === 'pattern' ? uniteMixed(input, context) : visit(input, context)

/** A pattern that stores answer both of their own and of references: the union of the two, each triple once. */
function uniteMixed(pattern: Pattern, context: RuleContext): Plan {
  const { catalog } = context
  const selected = selectSources(pattern, catalog)
  const { sources } = selected
  // A reference that bears its object's IRI has no triples but those that the object has as it is.
  const references = selected.references.filter((source) => !sources.includes(source) || mayRename(source, catalog))
  if (references.length === 0 || sources.length === 0) return pattern
  const group: ReferenceGroup = {
    reference: pattern.subject,
    sources: references,
    patterns: [pattern],
    withinObject: false,
  }
  const known = addReference(pattern.subject, context)
  const resolved = join([...known.added, resolveNode(group, known)])
  return distinct(union([unite(pattern, sources, catalog), project(resolved, variablesOf(pattern))]))
}

interface KnownReference {
  readonly store: NamedNode | Variable
  readonly locator: VariableName
  /** Patterns that bind them, where the query has none. */
  readonly added: readonly Pattern[]
}

const resolveNode = (group: ReferenceGroup, known: KnownReference): Resolve => ({
  kind: 'resolve',
  input: { kind: 'unit' },
  sources: group.sources.map(({ id }: Source) => id),
  reference: group.reference,
  store: known.store,
  locator: known.locator,
  patterns: group.patterns,
  optional: [],
})

function addReference(reference: PatternTerm, { fresh }: RuleContext): KnownReference {
  const store = variable(fresh('store'))
  const locator = fresh('locator')
  return {
    store,
    locator,
    added: [
      { kind: 'pattern', subject: reference, predicate: STORED_IN, object: store, graph: defaultGraph },
      { kind: 'pattern', subject: reference, predicate: VALUE, object: variable(locator), graph: defaultGraph },
    ],
  }
}

/** The variables by which patterns of the query itself already name the reference's store and locator. */
function findReference(inputs: readonly Plan[], reference: PatternTerm): KnownReference | undefined {
  const bindsTo = (predicate: string): VariableName | undefined => {
    for (const input of inputs) {
      if (input.kind !== 'pattern' || input.graph.termType !== 'DefaultGraph') continue
      if (input.predicate.value !== predicate || !isVariable(input.object)) continue
      if (input.subject.termType === reference.termType && input.subject.value === reference.value) {
        return input.object.value
      }
    }
    return undefined
  }
  const store = bindsTo(STORED_IN.value)
  const locator = bindsTo(VALUE.value)
  return store === undefined || locator === undefined ? undefined : { store: variable(store), locator, added: [] }
}

/**
 * OPTIONAL header terms of a reference that the left side has already: its rows are resolved in place, by the same
 * request where one is made already. A data reference has one store and one locator, so that the left side's pair is
 * the only one.
 */
function reuseReference(left: Plan, right: Plan, context: RuleContext): Plan | undefined {
  const inputs = right.kind === 'join' ? right.inputs : [right]
  const around = certainInputs(left)
  const { groups, others } = groupByReference(inputs, [...around, ...inputs], context.catalog)
  const [found] = groups
  if (groups.length !== 1 || others.length > 0 || found === undefined) return undefined
  const holder = holderOf(left, found.reference)
  if (found.withinObject && holder === undefined) return undefined
  const group = holder === undefined ? found : { ...found, reference: holder.reference }
  const same = joinedResolve(left, group)
  if (same !== undefined) return same
  const known = holder === undefined ? findReference(around, group.reference) : { ...holder, added: [] }
  return known === undefined
    ? undefined
    : { ...resolveNode(group, known), input: left, patterns: [], optional: [group.patterns] }
}

/** The left side with the OPTIONAL group in the `resolve` that it has for the reference, if it has one on top. */
function joinedResolve(left: Plan, group: ReferenceGroup): Plan | undefined {
  if (left.kind === 'join') {
    const index = left.inputs.findIndex((input) => joinedResolve(input, group) !== undefined)
    const input = left.inputs[index]
    if (input === undefined) return undefined
    // What the group binds must be bound nowhere else: else the join, and not the OPTIONAL, would come last.
    const names = new Set(bindsAnew(group, input))
    const others = left.inputs.filter((other) => other !== input).flatMap(variablesOf)
    if (others.some((name) => names.has(name))) return undefined
    return join(left.inputs.with(index, joinedResolve(input, group)!))
  }
  if (left.kind !== 'resolve' || left.reference.value !== group.reference.value) return undefined
  if (group.sources.length !== left.sources.length || !group.sources.every(({ id }) => left.sources.includes(id))) {
    return undefined
  }
  const names = bindsAnew(group, left)
  if (left.input.kind !== 'unit' && names.some((name) => variablesOf(left.input).includes(name))) return undefined
  return { ...left, optional: [...left.optional, group.patterns] }
}

/** The variables of a group but for the reference, and those that every row of the `resolve` has bound. */
function bindsAnew(group: ReferenceGroup, plan: Plan): readonly VariableName[] {
  const bound = new Set(plan.kind === 'resolve' ? plan.patterns.flatMap(variablesOfPattern) : [])
  if (isVariable(group.reference)) bound.add(group.reference.value)
  return group.patterns.flatMap(variablesOfPattern).filter((name) => !bound.has(name))
}

/** The `resolve` whose own patterns lead to a node within the referenced object: what hangs on the node is its too. */
function holderOf(plan: Plan, node: PatternTerm): Resolve | undefined {
  switch (plan.kind) {
    case 'join':
      return plan.inputs.map((input) => holderOf(input, node)).find((holder) => holder !== undefined)
    case 'leftJoin':
    case 'minus':
      return holderOf(plan.left, node)
    case 'filter':
    case 'extend':
      return holderOf(plan.input, node)
    case 'resolve':
      return isVariable(node) && plan.patterns.some(({ object }) => isVariable(object) && object.value === node.value)
        ? plan
        : holderOf(plan.input, node)
    default:
      return undefined
  }
}

/** The inputs that every row of a plan has gone through. */
function certainInputs(plan: Plan): readonly Plan[] {
  switch (plan.kind) {
    case 'join':
      return plan.inputs.flatMap(certainInputs)
    case 'leftJoin':
    case 'minus':
      return certainInputs(plan.left)
    case 'filter':
    case 'extend':
    case 'resolve':
      return certainInputs(plan.input)
    default:
      return [plan]
  }
}
