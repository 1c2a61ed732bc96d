import type { Plan, Service, VariableName } from './algebra.ts'
import { children, walk } from './traverse.ts'
import { isDeterministic, variablesOf } from './variables.ts'

/** Every SERVICE of a plan, those within another and within EXISTS among them. */
export const servicesOf = (plan: Plan): readonly Service[] =>
  [...walk(plan, { exists: true })].flatMap((node) => (node.kind === 'service' ? [node] : []))

/** The variables that name endpoints, and that nothing within the plan binds: what it is joined with has to. */
export function openEndpoints(plan: Plan): ReadonlySet<VariableName> {
  switch (plan.kind) {
    case 'service':
      return new Set(plan.endpoint.termType === 'Variable' ? [plan.endpoint.value] : [])
    case 'join':
      return new Set(plan.inputs.flatMap((input, i) => [...openBeside(input, plan.inputs.toSpliced(i, 1))]))
    case 'leftJoin':
    case 'bindJoin':
    case 'minus':
      return new Set([...openEndpoints(plan.left), ...openBeside(plan.right, [plan.left])])
    case 'project':
      return new Set([...openEndpoints(plan.input)].filter((name) => plan.variables.includes(name)))
    case 'group':
      return new Set([...openEndpoints(plan.input)].filter((name) => plan.keys.includes(name)))
    case 'slice':
    case 'fragment':
      // Rows are counted before anything outside binds a variable.
      return new Set()
    default:
      return new Set(children(plan).flatMap((child) => [...openEndpoints(child)]))
  }
}

const openBeside = (plan: Plan, others: readonly Plan[]): readonly VariableName[] =>
  [...openEndpoints(plan)].filter((name) => !others.some((other) => variablesOf(other).includes(name)))

/**
 * Whether the solutions for some keys are those of all that have these keys, whenever they are asked for: not so where
 * rows are counted off, or chance decides.
 */
export function isDivisible({ pattern }: Service): boolean {
  for (const node of walk(pattern, { exists: true })) {
    if (node.kind === 'slice') return false
    if (node.kind === 'extend' && !isDeterministic(node.expression)) return false
    if (node.kind === 'filter' && !isDeterministic(node.condition)) return false
  }
  return true
}
