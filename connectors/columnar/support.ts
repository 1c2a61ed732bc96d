import type { Expression, Plan } from '../../planner/algebra.ts'
import type { Estimate } from '../../planner/source.ts'
import type { Term } from '../../planner/term.ts'
import { expressionsOf, walk, walkExpression } from '../../planner/traverse.ts'
import { estimateLeaf } from './evaluate/leaf.ts'
import type { Snapshot } from './store/index.ts'

const TAKEN: ReadonlySet<Plan['kind']> = new Set([
  'unit',
  'empty',
  'pattern',
  'path',
  'graphs',
  'values',
  'join',
  'leftJoin',
  'union',
  'minus',
  'filter',
  'extend',
  'group',
  'project',
  'distinct',
  'reduced',
  'order',
  'slice',
])

/** Functions that answer differently each time: they stay where the query put them. */
const VOLATILE: ReadonlySet<string> = new Set(['RAND', 'UUID', 'STRUUID', 'BNODE'])

const isVolatile = (expression: Expression): boolean =>
  [...walkExpression(expression)].some((part) => part.kind === 'call' && VOLATILE.has(part.operator))

/** Whether a store in this process takes a plan whole: the logical algebra without calls to other services. */
export function takesPlan(plan: Plan): boolean {
  for (const node of walk(plan, { exists: true }))
    if (!TAKEN.has(node.kind) || isMerged(node) || expressionsOf(node).some(isVolatile)) return false
  return true
}

const isMerged = (plan: Plan): boolean => plan.kind === 'path' && plan.merged !== undefined

/** A conjunct is evaluated by the engine's own operators: exactly, or not at all. */
export function takesConjunct(conjunct: Expression): 'exact' | 'no' {
  for (const part of walkExpression(conjunct)) if (part.kind === 'exists' && !takesPlan(part.plan)) return 'no'
  return isVolatile(conjunct) ? 'no' : 'exact'
}

/** The share of rows that a condition is thought to keep. */
const KEPT = 0.3

export function estimatePlan(plan: Plan, snapshot: Snapshot, idOf: (term: Term) => number): Estimate {
  const rowsOf = (each: Plan): number => estimatePlan(each, snapshot, idOf).rows
  const product = (inputs: readonly Plan[]): number => inputs.reduce((rows, input) => rows * rowsOf(input), 1)
  switch (plan.kind) {
    case 'pattern':
    case 'path':
    case 'graphs':
      return { rows: estimateLeaf(plan, [], snapshot, idOf) }
    case 'join': {
      const leaves = plan.inputs.filter(isLeaf)
      const rest = plan.inputs.filter((input) => !isLeaf(input))
      const joined = leaves.length === 0 ? 1 : estimateLeaf({ kind: 'join', inputs: leaves }, [], snapshot, idOf)
      // What joins with something else shares a variable with it, as a rule: the larger side stands for both.
      return {
        rows: rest.length === 0 ? joined : Math.max(joined, Math.min(product(rest), Math.max(...rest.map(rowsOf)))),
      }
    }
    case 'unit':
      return { rows: 1 }
    case 'values':
      return { rows: plan.rows.length }
    case 'union':
      return { rows: plan.inputs.reduce((rows, input) => rows + rowsOf(input), 0) }
    case 'leftJoin':
    case 'minus':
      return { rows: rowsOf(plan.left) }
    case 'filter':
      return { rows: rowsOf(plan.input) * KEPT }
    case 'group':
      return { rows: plan.keys.length === 0 ? 1 : Math.ceil(rowsOf(plan.input) / 10) }
    case 'slice':
      return { rows: Math.min(rowsOf(plan.input), plan.limit ?? Number.POSITIVE_INFINITY) }
    case 'extend':
    case 'project':
    case 'distinct':
    case 'reduced':
    case 'order':
      return { rows: rowsOf(plan.input) }
    default:
      return { rows: 0 }
  }
}

const isLeaf = (plan: Plan): boolean => plan.kind === 'pattern' || plan.kind === 'path' || plan.kind === 'graphs'
