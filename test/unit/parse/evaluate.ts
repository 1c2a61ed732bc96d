import type { Expression, Plan } from '../../../planner/algebra.ts'
import { inGraph } from '../../../planner/each-graph.ts'
import { type GraphTerm, iri, type PatternTerm, type Term, termKey } from '../../../planner/term.ts'

/** A solution: term keys by variable. */
export type Solution = Readonly<Record<string, string>>
export interface Triple {
  readonly subject: string
  readonly predicate: string
  readonly object: string
  /** An empty string is the default graph. */
  readonly graph: string
}

const TRUE = '"true"http://www.w3.org/2001/XMLSchema#boolean'
const FALSE = '"false"http://www.w3.org/2001/XMLSchema#boolean'
const INTEGER = 'http://www.w3.org/2001/XMLSchema#integer'

/**
 * The definitions of section 18.5 as they stand, without any thought of speed: what the algebra of a query means. Knows
 * no paths, order or services, and of expressions `=`, `!=`, `BOUND`, `IF`, `!` and EXISTS over terms.
 */
export function evaluate(plan: Plan, data: readonly Triple[], outer: Solution = {}): readonly Solution[] {
  const below = (child: Plan): readonly Solution[] => evaluate(child, data, outer)
  const holds = (condition: Expression, solution: Solution): boolean =>
    evaluateExpression(condition, solution, data, outer) === TRUE
  switch (plan.kind) {
    case 'unit':
      return [{}]
    case 'empty':
      return []
    case 'pattern':
      return data.flatMap((triple) => {
        const places: readonly [PatternTerm | GraphTerm, string][] = [
          [plan.subject, triple.subject],
          [plan.predicate, triple.predicate],
          [plan.object, triple.object],
          [plan.graph, triple.graph],
        ]
        if (plan.graph.termType === 'Variable' && triple.graph === '') return []
        return match(places, outer)
      })
    case 'graphs':
      return [...new Set(data.map((triple) => triple.graph))]
        .filter((graph) => graph !== '')
        .flatMap((graph) => match([[plan.graph, graph]], outer))
    case 'eachGraph':
      return [...new Set(data.map((triple) => triple.graph))]
        .filter((graph) => graph !== '')
        .flatMap((graph) => {
          const name = match([[plan.graph, graph]], outer)
          return name.length === 0 ? [] : joined(name, evaluate(inGraph(plan.input, iri(graph.slice(1))), data, outer))
        })
    case 'values':
      return plan.rows.map((row) =>
        Object.fromEntries(
          plan.variables.flatMap((name, index) => (row[index] === undefined ? [] : [[name, termKey(row[index])]])),
        ),
      )
    case 'join':
      return plan.inputs.map(below).reduce(joined)
    case 'leftJoin': {
      const right = below(plan.right)
      return below(plan.left).flatMap((solution) => {
        const found = joined([solution], right).filter(
          (row) => plan.condition === undefined || holds(plan.condition, row),
        )
        return found.length === 0 ? [solution] : found
      })
    }
    case 'union':
      return plan.inputs.flatMap(below)
    case 'minus': {
      const right = below(plan.right)
      return below(plan.left).filter(
        (solution) =>
          !right.some((other) => compatible(solution, other) && Object.keys(other).some((name) => name in solution)),
      )
    }
    case 'filter':
      return below(plan.input).filter((solution) => holds(plan.condition, solution))
    case 'extend':
      return below(plan.input).map((solution) => {
        const value = evaluateExpression(plan.expression, solution, data, outer)
        return value === undefined ? solution : { ...solution, [plan.variable]: value }
      })
    case 'project':
      return below(plan.input).map((solution) =>
        Object.fromEntries(Object.entries(solution).filter(([name]) => plan.variables.includes(name))),
      )
    case 'distinct':
      return [...new Map(below(plan.input).map((solution) => [solutionKey(solution), solution])).values()]
    case 'group':
      return grouped(plan, below(plan.input))
    default:
      throw new Error(`not evaluated: ${plan.kind}`)
  }
}

const keyOf = (term: PatternTerm | GraphTerm): string => (term.termType === 'DefaultGraph' ? '' : termKey(term as Term))

function match(places: readonly (readonly [PatternTerm | GraphTerm, string])[], outer: Solution): readonly Solution[] {
  const solution: Record<string, string> = {}
  for (const [term, value] of places) {
    if (term.termType !== 'Variable') {
      if (keyOf(term) !== value) return []
      continue
    }
    if ((solution[term.value] ?? outer[term.value] ?? value) !== value) return []
    solution[term.value] = value
  }
  return [solution]
}

const compatible = (left: Solution, right: Solution): boolean =>
  Object.entries(left).every(([name, value]) => (right[name] ?? value) === value)

const joined = (left: readonly Solution[], right: readonly Solution[]): readonly Solution[] =>
  left.flatMap((one) => right.filter((other) => compatible(one, other)).map((other) => ({ ...one, ...other })))

/** A solution as one string, for comparison. */
export const solutionKey = (solution: Solution): string =>
  JSON.stringify(Object.entries(solution).sort(([left], [right]) => (left < right ? -1 : 1)))

function grouped(plan: Extract<Plan, { kind: 'group' }>, input: readonly Solution[]): readonly Solution[] {
  const groups = new Map<string, Solution[]>()
  if (plan.keys.length === 0) groups.set('[]', [])
  const keysOf = (solution: Solution): Solution =>
    Object.fromEntries(Object.entries(solution).filter(([name]) => plan.keys.includes(name)))
  for (const solution of input) {
    const key = solutionKey(keysOf(solution))
    groups.set(key, [...(groups.get(key) ?? []), solution])
  }
  return [...groups.values()].map((rows) => {
    const counts = plan.aggregates.map((aggregate) => {
      if (aggregate.function !== 'count') throw new Error(`not evaluated: ${aggregate.function}`)
      const { expression } = aggregate
      const counted = rows.filter((row) => expression?.kind !== 'variable' || expression.name in row)
      return [aggregate.variable, `"${counted.length}"${INTEGER}`]
    })
    return { ...keysOf(rows[0] ?? {}), ...Object.fromEntries(counts) }
  })
}

function evaluateExpression(
  expression: Expression,
  solution: Solution,
  data: readonly Triple[],
  outer: Solution,
): string | undefined {
  if (expression.kind === 'term') return termKey(expression.term)
  if (expression.kind === 'variable') return solution[expression.name] ?? outer[expression.name]
  if (expression.kind === 'exists') {
    const found = evaluate(expression.plan, data, { ...outer, ...solution }).length > 0
    return found === expression.negated ? FALSE : TRUE
  }
  const [first, second, third] = expression.arguments
  const value = (argument: Expression | undefined): string | undefined =>
    argument && evaluateExpression(argument, solution, data, outer)
  const boolean = (condition: boolean | undefined): string | undefined =>
    condition === undefined ? undefined : condition ? TRUE : FALSE
  switch (expression.operator) {
    case 'BOUND':
      return boolean(value(first) !== undefined)
    case '=':
    case '!=': {
      const [left, right] = [value(first), value(second)]
      if (left === undefined || right === undefined) return undefined
      return boolean((left === right) === (expression.operator === '='))
    }
    case '&&': {
      const both = [value(first), value(second)]
      return both.includes(FALSE) ? FALSE : boolean(both.includes(undefined) ? undefined : true)
    }
    case 'IF': {
      const condition = value(first)
      return condition === undefined ? undefined : value(condition === TRUE ? second : third)
    }
    default:
      throw new Error(`not evaluated: ${expression.operator}`)
  }
}
