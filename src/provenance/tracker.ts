import { RDF } from '../../planner/namespaces.ts'
import { iri, literal, type NamedNode, type Quad, quad } from '../../planner/term.ts'
import { valueIri } from './identifiers.ts'
import type { Journal, Status } from './journal.ts'
import {
  type About,
  type Captured,
  dateTime,
  double,
  isReference,
  referenceIri,
  referenceQuads,
  valueQuads,
} from './values.ts'
import { pl, prov } from './vocabulary.ts'

/** What every call of a capture client shares. */
export interface Context {
  readonly base: string
  readonly journal: Journal
  readonly now: () => number
}

/** An execution as the tracker sees it. */
export interface TrackedExecution {
  readonly iri: NamedNode
  readonly started: number
  /** The task or cycle around it, whose inputs are its inputs too; workflow runs pass nothing on. */
  readonly around: TrackedExecution | undefined
  readonly inputs: Set<string>
  /** References that it or a cycle within it generated. */
  readonly outputs: Set<string>
  readonly values: Map<string, number>
  /** Who generated which reference within the run. */
  readonly generators: Map<string, NamedNode>
  ended: boolean
}

export const TYPE = iri(`${RDF}type`)
export const isA = (node: NamedNode, ...classes: readonly NamedNode[]): Quad[] =>
  classes.map((one) => quad(node, TYPE, one))

/** Begins an execution: its classes, its start, and that it runs. */
export function begin(
  { journal, now }: Context,
  node: NamedNode,
  classes: readonly NamedNode[],
  around: TrackedExecution | undefined,
  about: readonly Quad[],
  generators = new Map<string, NamedNode>(),
): TrackedExecution {
  const started = now()
  journal.add([
    ...isA(node, ...classes, prov.Activity),
    ...about,
    quad(node, prov.startedAtTime, dateTime(new Date(started))),
  ])
  journal.status(node, 'RUNNING')
  const empty = { inputs: new Set<string>(), outputs: new Set<string>(), values: new Map<string, number>() }
  return { iri: node, started, around, ...empty, generators, ended: false }
}

/** Ends an execution, once. */
export function end({ journal, now }: Context, node: TrackedExecution, status: Exclude<Status, 'RUNNING'>): void {
  if (node.ended) return
  node.ended = true
  const ended = now()
  journal.add([
    quad(node.iri, prov.endedAtTime, dateTime(new Date(ended))),
    quad(node.iri, pl.durationSeconds, double((ended - node.started) / 1000)),
  ])
  journal.status(node.iri, status)
}

/** Counts how often a name was met, from 1. */
export function countUp(counts: Map<string, number>, name: string): number {
  const count = (counts.get(name) ?? 0) + 1
  counts.set(name, count)
  return count
}

/** The node and the statements of a value in one direction, without the edge to its execution. */
function describeValue(
  context: Context,
  node: TrackedExecution,
  direction: 'used' | 'generated',
  attribute: string,
  value: Captured,
  about: About = {},
): NamedNode {
  const own = about.classes ?? []
  const unit = (subject: NamedNode): Quad[] =>
    about.unit === undefined ? [] : [quad(subject, pl.unit, literal(about.unit))]
  if (isReference(value)) {
    const reference = referenceIri(context.base, value)
    context.journal.add([
      ...isA(reference, ...own, pl.DataReference, pl.AttributeValue, prov.Entity),
      quad(reference, pl.attributeName, literal(attribute)),
      ...referenceQuads(context.base, reference, value),
      ...unit(reference),
    ])
    return reference
  }
  const count = countUp(node.values, `${direction} ${attribute}`)
  const entity = valueIri(node.iri, direction, attribute, count)
  context.journal.add([
    ...isA(entity, ...own, pl.AttributeValue, prov.Entity),
    quad(entity, pl.attributeName, literal(attribute)),
    ...valueQuads(entity, value),
    ...unit(entity),
  ])
  return entity
}

/** Outputs are derived from inputs; a record that is changed in place is not derived from itself. */
function derive({ journal }: Context, outputs: Iterable<string>, inputs: Iterable<string>): void {
  const from = [...inputs]
  for (const output of outputs) {
    const others = from.filter((input) => input !== output)
    journal.add(others.map((input) => quad(iri(output), prov.wasDerivedFrom, iri(input))))
  }
}

/** A value that an execution uses: a reference becomes an input of what it generates. */
export function use(
  context: Context,
  node: TrackedExecution,
  attribute: string,
  value: Captured,
  about?: About,
): NamedNode {
  const entity = describeValue(context, node, 'used', attribute, value, about)
  context.journal.add([quad(node.iri, prov.used, entity)])
  if (isReference(value) && !node.inputs.has(entity.value)) {
    node.inputs.add(entity.value)
    derive(context, node.outputs, [entity.value])
    const generator = node.generators.get(entity.value)
    if (generator && !generator.equals(node.iri)) {
      context.journal.add([quad(node.iri, prov.wasInformedBy, generator)])
    }
  }
  return entity
}

/** A value that an execution generates: a reference is derived from the inputs, those of the task around it too. */
export function generate(
  context: Context,
  node: TrackedExecution,
  attribute: string,
  value: Captured,
  about?: About,
): NamedNode {
  const entity = describeValue(context, node, 'generated', attribute, value, about)
  context.journal.add([quad(entity, prov.wasGeneratedBy, node.iri)])
  if (!isReference(value)) return entity
  node.generators.set(entity.value, node.iri)
  for (let whole: TrackedExecution | undefined = node; whole; whole = whole.around) {
    derive(context, [entity.value], whole.inputs)
    whole.outputs.add(entity.value)
  }
  return entity
}
