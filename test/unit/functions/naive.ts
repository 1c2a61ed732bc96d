import { createHash } from 'node:crypto'
import type { Expression, Pattern, Plan } from '../../../planner/algebra.ts'
import { compile, type EvaluationContext, effectiveBooleanValue } from '../../../planner/evaluate.ts'
import { createAccumulator } from '../../../planner/functions/aggregates.ts'
import { compareForOrder } from '../../../planner/functions/order.ts'
import { XSD } from '../../../planner/namespaces.ts'
import { blank, iri, literal, type PatternTerm, type Quad, type Term, termKey } from '../../../planner/term.ts'

/** A solution of the naive evaluator. */
export type Solution = ReadonlyMap<string, Term>

let nodes = 0

/** A world without change: one instant, and numbers and identifiers that count up. */
export function fixedContext(base?: string): EvaluationContext {
  let calls = 0
  return {
    now: literal('2026-03-01T12:00:00Z', iri(`${XSD}dateTime`)),
    random: () => (calls++ % 97) / 97,
    uuid: () => `00000000-0000-4000-8000-${String(calls++).padStart(12, '0')}`,
    blankNode: () => blank(`made${nodes++}`),
    digest: (algorithm, text) => createHash(algorithm).update(text, 'utf8').digest('hex'),
    ...(base === undefined ? {} : { base }),
  }
}

/** BNODE(label) gives one node for a label within a solution. */
function withLabels(context: EvaluationContext): EvaluationContext {
  const labels = new Map<string, Term>()
  return {
    ...context,
    blankNode: (label) => {
      const node = (label === undefined ? undefined : labels.get(label)) ?? context.blankNode(label)
      if (label !== undefined) labels.set(label, node)
      return node
    },
  }
}

function bind(solution: Map<string, Term>, pattern: PatternTerm, term: Term): boolean {
  if (pattern.termType !== 'Variable') return termKey(pattern) === termKey(term)
  const bound = solution.get(pattern.value)
  if (bound !== undefined) return termKey(bound) === termKey(term)
  solution.set(pattern.value, term)
  return true
}

function match(pattern: Pattern, quads: readonly Quad[], start: Solution): Solution[] {
  return quads.flatMap((quad) => {
    const solution = new Map(start)
    return bind(solution, pattern.subject, quad.subject) &&
      bind(solution, pattern.predicate, quad.predicate) &&
      bind(solution, pattern.object, quad.object)
      ? [solution]
      : []
  })
}

function merge(left: Solution, right: Solution): Solution | undefined {
  const merged = new Map(left)
  for (const [name, term] of right) {
    const other = merged.get(name)
    if (other !== undefined && termKey(other) !== termKey(term)) return undefined
    merged.set(name, term)
  }
  return merged
}

const join = (left: readonly Solution[], right: readonly Solution[]): Solution[] =>
  left.flatMap((a) => right.flatMap((b) => merge(a, b) ?? []))

const keyOf = (solution: Solution, names: readonly string[]): string =>
  JSON.stringify(names.map((name) => solution.get(name)).map((term) => (term === undefined ? null : termKey(term))))

/** The algebra of SPARQL word by word, for small data over one default graph: what tests compare expressions in. */
export function evaluate(plan: Plan, quads: readonly Quad[], context: EvaluationContext): Solution[] {
  const run = (input: Plan): Solution[] => evaluate(input, quads, context)
  const test = (condition: Expression): ((row: Solution) => boolean) => {
    const evaluator = compile(condition)
    return (row) => effectiveBooleanValue(evaluator(row, withLabels(context))) === true
  }
  switch (plan.kind) {
    case 'unit':
      return [new Map()]
    case 'empty':
      return []
    case 'pattern':
      return match(plan, quads, new Map())
    case 'values':
      return plan.rows.map((row) => new Map(plan.variables.flatMap((name, at) => (row[at] ? [[name, row[at]]] : []))))
    case 'join':
      return plan.inputs.reduce<Solution[]>(
        (rows, input) =>
          input.kind === 'pattern' ? rows.flatMap((row) => match(input, quads, row)) : join(rows, run(input)),
        [new Map()],
      )
    case 'union':
      return plan.inputs.flatMap(run)
    case 'leftJoin': {
      const right = run(plan.right)
      const holds = plan.condition === undefined ? () => true : test(plan.condition)
      return run(plan.left).flatMap((row) => {
        const joined = join([row], right).filter(holds)
        return joined.length === 0 ? [row] : joined
      })
    }
    case 'filter':
      return run(plan.input).filter(test(plan.condition))
    case 'extend':
      return extendAll(plan, run(plan.input), context)
    case 'group':
      return groupAll(plan, run(plan.input), context)
    case 'project':
      return run(plan.input).map(
        (row) => new Map(plan.variables.flatMap((name) => (row.has(name) ? [[name, row.get(name)!]] : []))),
      )
    case 'distinct':
    case 'reduced': {
      const rows = run(plan.input)
      const names = [...new Set(rows.flatMap((row) => [...row.keys()]))]
      return [...new Map(rows.map((row) => [keyOf(row, names), row])).values()]
    }
    case 'order': {
      const keys = plan.by.map((key) => ({ evaluator: compile(key.expression), sign: key.descending ? -1 : 1 }))
      return run(plan.input).sort((a, b) => {
        for (const { evaluator, sign } of keys) {
          const order = compareForOrder(evaluator(a, context), evaluator(b, context)) * sign
          if (order !== 0) return order
        }
        return 0
      })
    }
    case 'slice':
      return run(plan.input).slice(plan.offset, plan.limit === undefined ? undefined : plan.offset + plan.limit)
    default:
      throw new Error(`The naive evaluator has no ${plan.kind}`)
  }
}

function extendAll(
  plan: Extract<Plan, { kind: 'extend' }>,
  rows: readonly Solution[],
  context: EvaluationContext,
): Solution[] {
  const evaluator = compile(plan.expression)
  return rows.map((row) => {
    const term = evaluator(row, withLabels(context))
    return term === undefined ? row : new Map(row).set(plan.variable, term)
  })
}

function groupAll(
  plan: Extract<Plan, { kind: 'group' }>,
  rows: readonly Solution[],
  context: EvaluationContext,
): Solution[] {
  const groups = new Map<string, Solution[]>()
  if (plan.keys.length === 0) groups.set('[]', [])
  for (const row of rows) {
    const key = keyOf(row, plan.keys)
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  return [...groups.values()].map((members) => {
    const result = new Map<string, Term>()
    for (const name of plan.keys) {
      const term = members[0]?.get(name)
      if (term !== undefined) result.set(name, term)
    }
    for (const aggregate of plan.aggregates) {
      const accumulator = createAccumulator(aggregate)
      const evaluator = aggregate.expression === undefined ? undefined : compile(aggregate.expression)
      const names = [...new Set(members.flatMap((row) => [...row.keys()]))]
      const counted =
        aggregate.distinct && evaluator === undefined
          ? [...new Map(members.map((row) => [keyOf(row, names), row])).values()]
          : members
      for (const row of counted) accumulator.add(evaluator?.(row, context))
      const term = accumulator.result()
      if (term !== undefined) result.set(aggregate.variable, term)
    }
    return result
  })
}
