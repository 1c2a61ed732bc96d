import { idList } from '../store/ids.ts'
import type { Walker } from './path.ts'
import {
  extendRow,
  type Frame,
  type Position,
  type Reading,
  type RowBuilder,
  type RowStream,
  type Rows,
  rowBuilder,
  takeRows,
  valueAt,
} from './rows.ts'

/** A path over slots. */
export interface PathStep {
  readonly kind: 'path'
  readonly subject: Position
  readonly object: Position
  readonly graph: Position
  readonly walker: Walker
}

/** The names of the named graphs: `GRAPH ?g {}`. */
export interface GraphsStep {
  readonly kind: 'graphs'
  readonly graph: Position
}

/** One row on its way through a path, within one graph. */
interface Task {
  readonly step: PathStep
  readonly rows: Rows
  readonly row: number
  readonly carried: readonly number[]
  readonly subject: number
  readonly object: number
  readonly graph: number
  readonly out: RowBuilder
}

/** Extends each row by the ends of a path, from whichever end is bound. */
export function* extendByPath(step: PathStep, input: RowStream, frame: Frame): RowStream {
  const out = rowBuilder(frame.slots)
  const graphs = graphsOf(frame.reading)
  for (const rows of input) {
    if (rows === undefined) {
      yield undefined
      continue
    }
    for (let row = 0; row < rows.length; row++) {
      const subject = valueAt(step.subject, rows, row)
      const object = valueAt(step.object, rows, row)
      for (const graph of graphs(step.graph, valueAt(step.graph, rows, row)))
        yield* followPath({
          step,
          rows,
          row,
          carried: frame.carried,
          subject: isSame(step.subject, step.graph) ? graph : subject,
          object: isSame(step.object, step.graph) ? graph : object,
          graph,
          out,
        })
    }
    if (out.length > 0) yield takeRows(out)
  }
}

/** Whether an end is the graph itself: `GRAPH ?g { ?g :p* ?o }`. */
const isSame = (end: Position, graph: Position): boolean =>
  end.kind === 'slot' && graph.kind === 'slot' && end.slot === graph.slot

/** The graphs that a position ranges over; one that does not exist has no solutions, not even paths of length zero. */
function graphsOf({ snapshot }: Reading): (position: Position, value: number) => Iterable<number> {
  let known: ReadonlySet<number> | undefined
  return (position, value) => {
    if (position.kind === 'constant' && value === 0) return [0]
    known ??= new Set(snapshot.graphs())
    if (value === 0) return known
    return known.has(value) ? [value] : []
  }
}

function* followPath(task: Task): RowStream {
  const { step, subject, object, graph } = task
  const { walker } = step
  // A variable ranges over the graph's nodes, whatever it is bound to elsewhere; a constant stands for itself.
  if (step.subject.kind === 'slot' && step.object.kind === 'slot')
    if ((subject !== 0 && !walker.isNode(subject, graph)) || (object !== 0 && !walker.isNode(object, graph))) return
  if (subject !== 0) yield* fromEnd(task, subject, false, object)
  else if (object !== 0) yield* fromEnd(task, object, true, 0)
  else yield* fromAll(task)
}

function* fromAll(task: Task): RowStream {
  const { subject, object } = task.step
  const loop = subject.kind === 'slot' && object.kind === 'slot' && subject.slot === object.slot
  const starts = yield* task.step.walker.starts(task.graph)
  for (const start of starts.ids()) yield* fromEnd(task, start, false, loop ? start : 0)
}

function* fromEnd(task: Task, from: number, backward: boolean, target: number): RowStream {
  const { step, graph, out } = task
  const ends = idList()
  yield* step.walker.walk(from, backward, graph, target, ends)
  for (let index = 0; index < ends.length; index++) {
    const end = ends.at(index)
    const at = extendRow(out, task.rows, task.row, task.carried)
    if (step.subject.kind === 'slot') out.columns[step.subject.slot]![at] = backward ? end : from
    if (step.object.kind === 'slot') out.columns[step.object.slot]![at] = backward ? from : end
    if (step.graph.kind === 'slot') out.columns[step.graph.slot]![at] = graph
    if (out.length === out.capacity) yield takeRows(out)
  }
}

export function* extendByGraphs(step: GraphsStep, input: RowStream, frame: Frame): RowStream {
  const out = rowBuilder(frame.slots)
  const graphs = graphsOf(frame.reading)
  for (const rows of input) {
    if (rows === undefined) {
      yield undefined
      continue
    }
    for (let row = 0; row < rows.length; row++)
      for (const graph of graphs(step.graph, valueAt(step.graph, rows, row))) {
        const at = extendRow(out, rows, row, frame.carried)
        if (step.graph.kind === 'slot') out.columns[step.graph.slot]![at] = graph
        if (out.length === out.capacity) yield takeRows(out)
      }
    if (out.length > 0) yield takeRows(out)
  }
}
