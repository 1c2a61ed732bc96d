import type { Pattern, Plan, VariableName } from '../../planner/algebra.ts'
import { compile, type EvaluationContext, effectiveBooleanValue } from '../../planner/evaluate.ts'
import { literal, type PatternTerm, type Quad, type Term, termKey } from '../../planner/term.ts'
import { variablesOf } from '../../planner/variables.ts'
import { batchBuilder } from '../batch.ts'
import type { Batch, Bindings, Dictionary } from '../connector.ts'

/*
 * The definitions of SPARQL 1.1, section 18.5, as they stand and without a thought of speed: what a connector's answers
 * are compared with.
 */

const POSITIONS = ['subject', 'predicate', 'object', 'graph'] as const

/** The solutions of a pattern over quads. */
export function matches(pattern: Pattern, quads: readonly Quad[]): readonly Bindings[] {
  return quads.flatMap((quad) => {
    const row: Record<VariableName, Term> = {}
    const agrees = POSITIONS.every((position) => {
      const asked = pattern[position] as PatternTerm | Quad['graph']
      const term = quad[position]
      if (asked.termType === 'DefaultGraph' || term.termType === 'DefaultGraph') return asked.termType === term.termType
      if (asked.termType !== 'Variable') return termKey(asked) === termKey(term)
      const before = row[asked.value]
      row[asked.value] = term
      return before === undefined || termKey(before) === termKey(term)
    })
    return agrees ? [row] : []
  })
}

export const areCompatible = (one: Bindings, other: Bindings): boolean =>
  Object.entries(one).every(([name, term]) => {
    const also = other[name]
    return term === undefined || also === undefined || termKey(term) === termKey(also)
  })

export const joined = (left: readonly Bindings[], right: readonly Bindings[]): readonly Bindings[] =>
  left.flatMap((one) =>
    right.filter((other) => areCompatible(one, other)).map((other) => ({ ...other, ...withoutUnbound(one) })),
  )

const withoutUnbound = (row: Bindings): Bindings =>
  Object.fromEntries(Object.entries(row).filter(([, term]) => term !== undefined))

const CONTEXT: EvaluationContext = {
  now: literal('2026-01-01T00:00:00Z'),
  longCall: () => () => {},
  random: () => 0.5,
  uuid: () => '00000000-0000-0000-0000-000000000000',
  blankNode: () => {
    throw new Error('no conformance check makes blank nodes')
  },
  digest: () => {
    throw new Error('no conformance check makes digests')
  },
}

export type Leaves = (leaf: Plan) => Promise<readonly Bindings[]> | readonly Bindings[]

/** The solutions of a plan, its patterns and their joins answered by `leaves`. */
export async function solutionsOf(plan: Plan, leaves: Leaves): Promise<readonly Bindings[]> {
  const below = (child: Plan) => solutionsOf(child, leaves)
  switch (plan.kind) {
    case 'pattern':
      return leaves(plan)
    case 'join': {
      let rows: readonly Bindings[] = [{}]
      for (const input of plan.inputs) rows = joined(rows, await below(input))
      return rows
    }
    case 'leftJoin': {
      const right = await below(plan.right)
      return (await below(plan.left)).flatMap((row) => {
        const partners = joined([row], right)
        return partners.length === 0 ? [row] : partners
      })
    }
    case 'union':
      return (await Promise.all(plan.inputs.map(below))).flat()
    case 'filter': {
      const evaluate = compile(plan.condition)
      return (await below(plan.input)).filter(
        (row) => effectiveBooleanValue(evaluate({ get: (name) => row[name] }, CONTEXT)) === true,
      )
    }
    case 'project': {
      const rows = await below(plan.input)
      return rows.map((row) => Object.fromEntries(plan.variables.map((name) => [name, row[name]])))
    }
    case 'distinct':
      return [...new Map((await below(plan.input)).map((row) => [textOf(row), row])).values()]
    case 'slice': {
      const rows = await below(plan.input)
      return rows.slice(plan.offset, plan.limit === undefined ? undefined : plan.offset + plan.limit)
    }
    default:
      throw new Error(`no conformance check pushes a ${plan.kind}`)
  }
}

/** A row as one text: `name=key`, unbound variables left out. */
export const textOf = (row: Bindings): string =>
  Object.entries(row)
    .flatMap(([name, term]) => (term === undefined ? [] : [`${name}=${termKey(term)}`]))
    .sort()
    .join(' ')

export const textsOf = (rows: readonly Bindings[]): readonly string[] => rows.map(textOf).sort()

export function batchOf(plan: Plan, rows: readonly Bindings[], dictionary: Dictionary): Batch {
  return batchWith(variablesOf(plan), rows, dictionary)
}

export function batchWith(
  variables: readonly VariableName[],
  rows: readonly Bindings[],
  dictionary: Dictionary,
): Batch {
  const builder = batchBuilder(variables)
  for (const row of rows) {
    builder.add(variables.map((name) => (row[name] === undefined ? 0 : dictionary.encode(row[name]))))
  }
  return builder.build()
}
