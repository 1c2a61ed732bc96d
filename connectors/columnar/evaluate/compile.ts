import type { Path, PathPattern, Pattern, Plan, VariableName } from '../../../planner/algebra.ts'
import { PolyprovError } from '../../../planner/errors.ts'
import { canBeEmpty } from '../../../planner/paths.ts'
import { type GraphTerm, iri, type PatternTerm, type Term, variable } from '../../../planner/term.ts'
import { walker } from './path.ts'
import type { GraphsStep, PathStep } from './path-step.ts'
import type { PatternStep } from './pattern.ts'
import type { Position, Reading } from './rows.ts'

export type Step = PatternStep | PathStep | GraphsStep

/** Variables by slot; the first are those of the answer. */
export interface Slots {
  readonly names: readonly VariableName[]
  of(name: VariableName): number
}

export function slotsOf(first: readonly VariableName[]): Slots {
  const names = [...first]
  return {
    names,
    of(name) {
      const known = names.indexOf(name)
      return known >= 0 ? known : names.push(name) - 1
    },
  }
}

/** The patterns of a leaf: joins flattened, and paths that are mere sequences of edges taken apart. */
export function partsOf(plan: Plan): readonly LeafPart[] {
  switch (plan.kind) {
    case 'pattern':
    case 'graphs':
      return [plan]
    case 'path':
      return unfold(plan, { next: 0 })
    case 'join': {
      const counter = { next: 0 }
      return plan.inputs.flatMap((input) => (input.kind === 'path' ? unfold(input, counter) : partsOf(input)))
    }
    default:
      throw new PolyprovError('internal', `A triple store's leaf holds patterns and paths, not ${plan.kind}`)
  }
}

export type LeafPart = Pattern | PathPattern | Extract<Plan, { kind: 'graphs' }>

/** Section 18.2.2.4: sequences become joins over fresh variables, inverses turn round, predicates become patterns. */
function unfold(pattern: PathPattern, counter: { next: number }): readonly (Pattern | PathPattern)[] {
  const { path, subject, object, graph } = pattern
  switch (path.kind) {
    case 'predicate':
      return [{ kind: 'pattern', subject, predicate: path.predicate, object, graph }]
    case 'inverse':
      return unfold({ kind: 'path', subject: object, path: path.path, object: subject, graph }, counter)
    case 'sequence': {
      const legs = legsOf(path.paths)
      if (legs.length === 1 && legs[0]!.kind === 'sequence') return [pattern]
      const between = legs.slice(1).map(() => variable(`.step${counter.next++}`))
      return legs.flatMap((leg, index) =>
        unfold(
          { kind: 'path', subject: between[index - 1] ?? subject, path: leg, object: between[index] ?? object, graph },
          counter,
        ),
      )
    }
    default:
      return [pattern]
  }
}

/**
 * A sequence as legs of which none can be empty, where that is possible: the terms between such legs are nodes of the
 * graph, whichever leg is taken first. A part that may have length zero stays with its neighbour.
 */
function legsOf(paths: readonly Path[]): readonly Path[] {
  const legs: Path[][] = []
  for (const path of paths) {
    const last = legs.at(-1)
    if (last === undefined || (!canBeEmpty(path) && !last.every(canBeEmpty))) legs.push([path])
    else last.push(path)
  }
  return legs.map((leg) => (leg.length === 1 ? leg[0]! : { kind: 'sequence', paths: leg }))
}

export function stepOf(part: LeafPart, slots: Slots, reading: Reading, idOf: (term: Term) => number): Step {
  const position = (term: PatternTerm | GraphTerm): Position => {
    if (term.termType === 'Variable') return { kind: 'slot', slot: slots.of(term.value) }
    return { kind: 'constant', id: term.termType === 'DefaultGraph' ? 0 : idOf(term) }
  }
  const graph = position(part.graph)
  if (part.kind === 'graphs') return { kind: 'graphs', graph }
  const subject = position(part.subject)
  const object = position(part.object)
  if (part.kind === 'pattern') return { kind: 'pattern', subject, predicate: position(part.predicate), object, graph }
  return { kind: 'path', subject, object, graph, walker: walker(part.path, reading, (value) => idOf(iri(value))) }
}
