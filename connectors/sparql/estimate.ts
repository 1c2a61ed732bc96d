import type { Expression, Pattern, Plan, VariableName } from '../../planner/algebra.ts'
import { conjuncts } from '../../planner/constructors.ts'
import { joinEstimate } from '../../planner/cost.ts'
import { RDF } from '../../planner/namespaces.ts'
import { statisticsOf } from '../../planner/select.ts'
import type { Estimate, SourceDescription } from '../../planner/source.ts'
import { isVariable } from '../../planner/term.ts'

const UNKNOWN_ROWS = 1_000
const FILTER_SELECTIVITY = 0.25
const PATH_FANOUT = 10

/** Rows of a plan by the counts of its predicates and classes, where the endpoint told them. */
export function estimatePlan(plan: Plan, description: SourceDescription): Estimate {
  const below = (input: Plan): Estimate => estimatePlan(input, description)
  switch (plan.kind) {
    case 'unit':
      return { rows: 1 }
    case 'empty':
      return { rows: 0 }
    case 'values':
      return { rows: plan.rows.length }
    case 'pattern':
      return estimatePattern(plan, description)
    case 'path': {
      const free = [plan.subject, plan.object].filter(isVariable).length
      const nodes = description.triples ?? UNKNOWN_ROWS
      return { rows: free === 2 ? nodes * PATH_FANOUT : free === 1 ? PATH_FANOUT : 1 }
    }
    case 'join':
      return plan.inputs.map(below).reduce(joinEstimate)
    case 'union':
      return { rows: plan.inputs.reduce((sum, input) => sum + below(input).rows, 0) }
    case 'leftJoin': {
      const left = below(plan.left)
      return { ...left, rows: Math.max(left.rows, joinEstimate(left, below(plan.right)).rows) }
    }
    case 'minus':
      return below(plan.left)
    case 'filter': {
      const input = below(plan.input)
      return { ...input, rows: input.rows * selectivityOf(plan.condition) }
    }
    case 'group':
      return { rows: plan.keys.length === 0 ? 1 : Math.max(1, below(plan.input).rows / 10) }
    case 'slice': {
      const { rows } = below(plan.input)
      return { rows: Math.min(plan.limit ?? rows, rows) }
    }
    case 'extend':
    case 'project':
    case 'distinct':
    case 'reduced':
    case 'order':
      return below(plan.input)
    default:
      return { rows: UNKNOWN_ROWS }
  }
}

/** A text looked for in texts is found in few of them. */
const selectivityOf = (condition: Expression): number =>
  conjuncts(condition).reduce(
    (share, conjunct) =>
      share * (conjunct.kind === 'call' && TEXTUAL.has(conjunct.operator) ? 0.05 : FILTER_SELECTIVITY),
    1,
  )

const TEXTUAL: ReadonlySet<string> = new Set(['CONTAINS', 'STRSTARTS', 'STRENDS', 'REGEX'])

/** Of a pattern with constants: each stands for the mean of its place, where there are as many objects as triples, halved. */
function estimatePattern({ subject, predicate, object }: Pattern, description: SourceDescription): Estimate {
  const { predicates, classes, triples } = description
  const isType = predicate.value === `${RDF}type` && !isVariable(object)
  const known = isVariable(predicate)
    ? triples
    : statisticsOf((isType ? classes : predicates) ?? [], isType ? object.value : predicate.value)?.count
  const count = known ?? UNKNOWN_ROWS
  let rows = count
  if (!isVariable(subject)) rows /= Math.max(1, count)
  if (!isVariable(object) && !isType) rows /= Math.max(1, count / 2)
  const free = [subject, object].filter(isVariable)
  const distinct: Record<VariableName, number> = {}
  for (const { value } of free) distinct[value] = Math.max(1, rows)
  return { rows, distinct }
}
