import type { Fragment, PathPattern, Plan } from '../algebra.ts'
import { join } from '../constructors.ts'
import { soleSource } from '../select.ts'
import type { Source } from '../source.ts'
import { isVariable } from '../term.ts'
import { certainlyBound, variablesOf } from '../variables.ts'
import { rewriteUp } from './rewrite.ts'
import type { Rule, RuleContext } from './rule.ts'

/**
 * Exclusive groups: fragments of one join that belong to one store and share variables become one fragment, which the
 * store joins itself (Schwarte et al., FedX, 2011).
 */
export const groupExclusively: Rule = {
  name: 'group-exclusively',
  optional: true,
  apply: (plan, context) => rewriteUp(plan, (node) => (node.kind === 'join' ? groupInputs(node, context) : node)),
}

/** The join with the inputs as one that a store can join itself; the same node where there are none. */
export function groupInputs(node: Plan & { kind: 'join' }, context: RuleContext): Plan {
  let parts = node.inputs
  for (;;) {
    const merged = mergeOnce(parts, context)
    if (merged === undefined) break
    parts = merged
  }
  return parts === node.inputs ? node : join(parts)
}

/** The first two inputs that one store can join itself, as one. */
function mergeOnce(inputs: readonly Plan[], context: RuleContext): readonly Plan[] | undefined {
  for (let i = 0; i < inputs.length; i++) {
    const first = inputs[i]!
    if (first.kind !== 'fragment') continue
    const source = context.catalog.sources.find(({ id }) => id === first.source)
    if (source?.push === undefined) continue
    for (let k = 0; k < inputs.length; k++) {
      const merged = k === i ? undefined : mergeTwo(first, inputs[k]!, source, context)
      if (merged !== undefined) return inputs.flatMap((input, at) => (at === i ? [merged] : at === k ? [] : [input]))
    }
  }
  return undefined
}

function mergeTwo(first: Fragment, second: Plan, source: Source, context: RuleContext): Fragment | undefined {
  const other = second.kind === 'fragment' ? second.plan : second.kind === 'path' ? second : undefined
  if (other === undefined || (second.kind === 'fragment' && second.source !== source.id)) return undefined
  if (second.kind === 'path' && !anchors(first, second, source, context)) return undefined
  if (!variablesOf(first).some((name) => variablesOf(other).includes(name))) return undefined
  const plan = join([first.plan, other])
  const pushed = source.push!(plan)
  if (pushed === undefined || pushed.residual !== undefined) return undefined
  return { kind: 'fragment', source: source.id, plan, native: pushed.native }
}

/**
 * A path that can have length zero goes to the store of its predicates when a pattern of that store binds one of its
 * ends: the end is then a node of the store, and no node of another.
 */
const anchors = (fragment: Fragment, path: PathPattern, source: Source, { catalog }: RuleContext): boolean =>
  soleSource(path, catalog) === source &&
  [path.subject, path.object].some((end) => isVariable(end) && certainlyBound(fragment).has(end.value))
