import { setImmediate as pause } from 'node:timers/promises'
import type { Plan } from '../../../planner/algebra.ts'
import { type Term, variable } from '../../../planner/term.ts'
import { variablesOf } from '../../../planner/variables.ts'
import type { Batch } from '../../connector.ts'
import type { Snapshot } from '../store/index.ts'
import { type LeafPart, partsOf, type Step, slotsOf, stepOf } from './compile.ts'
import { estimateSteps, orderSteps, slotsIn } from './join-order.ts'
import { extendByGraphs, extendByPath } from './path-step.ts'
import { extendByPattern } from './pattern.ts'
import { restriction } from './restriction.ts'
import type { Frame, Reading, RowStream, Rows } from './rows.ts'
import type { Translation } from './translation.ts'

/** Milliseconds between two turns for others. */
const SLICE = 8

/**
 * The solutions of a leaf (a pattern, a path, or a join of such) over a snapshot, by index nested-loop joins in the
 * order of {@link orderSteps}. `bindings` restricts them to those compatible with one of its rows; a row with an unbound
 * cell is compatible with any value there.
 */
export async function* evaluateLeaf(
  plan: Plan,
  bindings: Batch | undefined,
  snapshot: Snapshot,
  translation: Translation,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  const variables = variablesOf(plan)
  const slots = slotsOf(variables)
  const reading: Reading = { snapshot, work: 0 }
  const steps = partsOf(plan).map((part) => stepOf(part, slots, reading, translation.idOf))
  const start = restriction(bindings, variables)
  const ordered = orderSteps(steps, start === undefined ? [] : start.variables.map(slots.of), snapshot)
  let stream = from(firstRows(start, slots.names.length, slots.of, translation))
  const carried = new Set(start?.variables.map(slots.of))
  for (const step of ordered) {
    stream = take(step, stream, { slots: slots.names.length, carried: [...carried], reading })
    for (const slot of slotsIn(step)) carried.add(slot)
  }
  let turn = performance.now()
  for (const rows of stream) {
    signal.throwIfAborted()
    if (rows !== undefined) yield batchOf(variables, rows, translation)
    if (performance.now() - turn < SLICE) continue
    await pause()
    signal.throwIfAborted()
    turn = performance.now()
  }
}

/** The rows that {@link evaluateLeaf} would give, roughly and at once. */
export function estimateLeaf(
  plan: Plan,
  bound: readonly string[],
  snapshot: Snapshot,
  idOf: (term: Term) => number,
): number {
  const slots = slotsOf(variablesOf(plan))
  const reading: Reading = { snapshot, work: 0 }
  const steps = partsOf(plan).map((part, index) => stepOf(widened(part, index), slots, reading, idOf))
  return estimateSteps(steps, bound.map(slots.of), snapshot)
}

/** The part as its query had it, where a rule has narrowed it down. */
const widened = (part: LeafPart, index: number): LeafPart =>
  part.kind === 'pattern' && part.narrowed ? { ...part, object: variable(`.object${index}`) } : part

function take(step: Step, stream: RowStream, frame: Frame): RowStream {
  switch (step.kind) {
    case 'pattern':
      return extendByPattern(step, stream, frame)
    case 'path':
      return extendByPath(step, stream, frame)
    case 'graphs':
      return extendByGraphs(step, stream, frame)
  }
}

function* from(rows: Rows): RowStream {
  yield rows
}

function firstRows(
  start: Batch | undefined,
  slots: number,
  slotOf: (name: string) => number,
  translation: Translation,
): Rows {
  const length = start?.length ?? 1
  const columns = Array.from({ length: slots }, () => new Uint32Array(length))
  start?.variables.forEach((name, index) => {
    const target = columns[slotOf(name)]!
    const source = start.columns[index]!
    for (let row = 0; row < length; row++) target[row] = translation.inward(source[row]!)
  })
  return { columns, length }
}

function batchOf(variables: readonly string[], rows: Rows, translation: Translation): Batch {
  const columns = rows.columns.slice(0, variables.length)
  if (!translation.same)
    for (const column of columns)
      for (let row = 0; row < rows.length; row++) column[row] = translation.outward(column[row]!)
  return { variables, columns, length: rows.length }
}
