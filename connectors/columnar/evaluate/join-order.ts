import { NAMED_GRAPHS, type Snapshot } from '../store/index.ts'
import type { Step } from './compile.ts'
import type { Position } from './rows.ts'

/** Rows that a path is thought to lead to from a bound end, and from two free ones for each quad of the store. */
const PATH_ENDS = 20
const PATHS_PER_QUAD = 4

/**
 * The steps in the order in which they are taken: at each turn the one that multiplies the rows least, by exact counts
 * of its constants and the predicate's distinct subjects and objects; steps that share no variable with those before
 * come last.
 */
export function orderSteps(steps: readonly Step[], bound: readonly number[], snapshot: Snapshot): readonly Step[] {
  const known = new Set(bound)
  const rest = [...steps]
  const ordered: Step[] = []
  const counts = new Map(steps.map((step) => [step, countOf(step, snapshot)]))
  while (rest.length > 0) {
    const connected = rest.filter((step) => isConnected(step, known))
    const best = (connected.length > 0 ? connected : rest)
      .map((step) => ({ step, rows: rowsPerRow(step, known, counts.get(step)!, snapshot) }))
      .reduce((least, each) => (each.rows < least.rows ? each : least)).step
    rest.splice(rest.indexOf(best), 1)
    ordered.push(best)
    for (const slot of slotsIn(best)) known.add(slot)
  }
  return ordered
}

/** The rows that the steps give together, roughly. */
export function estimateSteps(steps: readonly Step[], bound: readonly number[], snapshot: Snapshot): number {
  const known = new Set(bound)
  let rows = 1
  for (const step of orderSteps(steps, bound, snapshot)) {
    rows *= rowsPerRow(step, known, countOf(step, snapshot), snapshot)
    for (const slot of slotsIn(step)) known.add(slot)
  }
  return rows
}

const positionsOf = (step: Step): readonly Position[] => {
  switch (step.kind) {
    case 'pattern':
      return [step.subject, step.predicate, step.object, step.graph]
    case 'path':
      return [step.subject, step.object, step.graph]
    case 'graphs':
      return [step.graph]
  }
}

/** The slots that a step binds. */
export const slotsIn = (step: Step): readonly number[] =>
  positionsOf(step).flatMap((position) => (position.kind === 'slot' ? [position.slot] : []))

function isConnected(step: Step, known: ReadonlySet<number>): boolean {
  const slots = slotsIn(step)
  return slots.length === 0 || slots.some((slot) => known.has(slot))
}

const constant = (position: Position): number => (position.kind === 'constant' ? position.id : 0)

function countOf(step: Step, snapshot: Snapshot): number {
  if (step.kind !== 'pattern') return 0
  const graph = step.graph.kind === 'slot' ? NAMED_GRAPHS : step.graph.id
  return snapshot.count(constant(step.subject), constant(step.predicate), constant(step.object), graph)
}

function rowsPerRow(step: Step, known: ReadonlySet<number>, count: number, snapshot: Snapshot): number {
  const isFree = (position: Position): boolean => position.kind === 'slot' && !known.has(position.slot)
  const isBound = (position: Position): boolean => position.kind === 'slot' && known.has(position.slot)
  const graphs = (): number => Math.max(1, snapshot.graphs().length)
  if (step.kind === 'graphs') return isFree(step.graph) ? graphs() : 1
  if (step.kind === 'path') {
    const perGraph = isFree(step.graph) ? graphs() : 1
    const ends = [step.subject, step.object].filter(isFree).length
    return perGraph * (ends === 0 ? 0.5 : ends === 1 ? PATH_ENDS : Math.max(1, snapshot.quads) * PATHS_PER_QUAD)
  }
  if (count === 0) return 0
  const statistics = step.predicate.kind === 'constant' ? snapshot.predicates().get(step.predicate.id) : undefined
  let rows = count
  if (isBound(step.subject)) rows /= statistics?.distinctSubjects ?? Math.max(1, snapshot.quads / 8)
  if (isBound(step.object)) rows /= statistics?.distinctObjects ?? Math.max(1, snapshot.quads / 4)
  if (isBound(step.predicate)) rows /= Math.max(1, snapshot.predicates().size)
  if (isBound(step.graph)) rows /= graphs()
  return rows
}
