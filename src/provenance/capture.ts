import { randomUUID } from 'node:crypto'
import { RDF } from '../../planner/namespaces.ts'
import { iri, literal, type NamedNode, type Quad, quad } from '../../planner/term.ts'
import { partIri, transformationIri, valueIri, workflowExecutionIri, workflowIri } from './identifiers.ts'
import { createJournal, type Journal, type Status, type Write } from './journal.ts'
import {
  type Captured,
  dateTime,
  double,
  integer,
  isReference,
  type Reference,
  referenceIri,
  referenceQuads,
  type Scalar,
  valueQuads,
} from './values.ts'
import { pl, prov, provml } from './vocabulary.ts'

export type { Change, Write } from './journal.ts'
export type { Captured, Reference, Scalar, SliceRange } from './values.ts'

/** More about a value than the value. */
export interface About {
  /** Unit that the value is in. */
  readonly unit?: string
  /** Classes of its own, beside `pl:AttributeValue` or `pl:DataReference`. */
  readonly classes?: readonly NamedNode[]
}

export type StageType = 'Training' | 'Validation' | 'Testing'

/** What is said of a measured value. */
export interface EvaluationDetails {
  /** The kind of data that it was measured on. */
  readonly on?: StageType
  /** The model that was measured: what {@link Execution.model} gave. */
  readonly model?: NamedNode
}

/** An execution under way. Every call returns at once; what it says is written in the background. */
export interface Execution {
  readonly iri: NamedNode
  /** A value that it uses; gives the value's node. References are inputs of its lineage. */
  use(attribute: string, value: Captured, about?: About): NamedNode
  /** A value that it generates; a reference is derived from the references that were used. */
  generate(attribute: string, value: Captured, about?: About): NamedNode
  /** A training set that it generates, with its characteristics by name. */
  dataset(attribute: string, reference: Reference, characteristics?: Readonly<Record<string, Scalar>>): NamedNode
  /** A model that it generates, with its own hyperparameters by name. */
  model(attribute: string, reference: Reference, hyperParameters?: Readonly<Record<string, Scalar>>): NamedNode
  /** A measured value: `loss`, `accuracy`, or a measure of your own. */
  evaluate(measure: string | NamedNode, value: number, details?: EvaluationDetails): NamedNode
  /** Who answers for it: a person or a program, by IRI. */
  associate(agent: NamedNode): void
  /** Ends it, once: later calls change nothing. */
  end(status?: 'FINISHED' | 'FAILED'): void
}

/** An execution with cycles: a task, or an epoch, whose batches are cycles of their own. */
export interface CyclicExecution extends Execution {
  epoch(iteration: number): CyclicExecution
  batch(iteration: number): Execution
  /** A turn of any other loop, by name. */
  cycle(name: string, iteration: number): CyclicExecution
}

/** A stage of a training run. */
export interface LearningStage extends CyclicExecution {
  /** A setting that the stage learns with. */
  hyperParameter(name: string, value: Scalar, about?: About): NamedNode
  /** What it learns, what with, from which features. */
  describe(what: 'task' | 'implementation' | 'featureSet', value: Scalar): NamedNode
}

/** One run of a workflow. */
export interface WorkflowRun extends Execution {
  task(transformation: string): CyclicExecution
  /** A learning stage; its transformation is named like its type where no name is given. */
  stage(type: StageType, transformation?: string): LearningStage
  /** Ends the run and waits until all of it is written. */
  close(status?: 'FINISHED' | 'FAILED'): Promise<void>
}

export interface WorkflowOptions {
  /** Tells the run from others of its workflow; a UUID where absent. */
  readonly id?: string
  /** Whether it is one training run, whole: a `provml:LearningProcessExecution`. */
  readonly learning?: boolean
}

/** Captures provenance in this process. */
export interface CaptureClient {
  /** Begins a run. */
  workflow(name: string, options?: WorkflowOptions): WorkflowRun
  /** Resolves when all that was captured so far is written; rejects with the store's error, and keeps what was not. */
  flush(): Promise<void>
}

export interface CaptureOptions {
  /** Base of the IRIs that are minted. */
  readonly base: string
  /** Writes a change to the provenance store; one at a time, in order. */
  readonly write: Write
  /** Milliseconds since 1970, with fractions; the high-resolution clock where absent. */
  readonly now?: () => number
}

interface Context {
  readonly base: string
  readonly journal: Journal
  readonly now: () => number
}

/** An execution as the tracker sees it. */
interface Node {
  readonly iri: NamedNode
  readonly started: number
  /** The task or cycle around it, whose inputs are its inputs too; workflow runs pass nothing on. */
  readonly around: Node | undefined
  readonly inputs: Set<string>
  /** References that it or a cycle within it generated. */
  readonly outputs: Set<string>
  readonly values: Map<string, number>
  /** Who generated which reference within the run. */
  readonly generators: Map<string, NamedNode>
  ended: boolean
}

const TYPE = iri(`${RDF}type`)
const isA = (node: NamedNode, ...classes: readonly NamedNode[]): Quad[] => classes.map((one) => quad(node, TYPE, one))

const STAGES: Readonly<Record<StageType, NamedNode>> = {
  Training: provml.Training,
  Validation: provml.Validation,
  Testing: provml.Testing,
}

/** Begins capturing; nothing is written before the first run begins. */
export function createCapture(options: CaptureOptions): CaptureClient {
  const now = options.now ?? (() => performance.timeOrigin + performance.now())
  const context: Context = { base: options.base, journal: createJournal(options.write), now }
  return {
    workflow: (name, workflowOptions) => beginWorkflow(context, name, workflowOptions),
    flush: () => context.journal.flush(),
  }
}

function beginWorkflow(context: Context, name: string, options: WorkflowOptions = {}): WorkflowRun {
  const { base, journal } = context
  const node = workflowExecutionIri(base, name, options.id ?? randomUUID())
  const plan = workflowIri(base, name)
  journal.add(isA(plan, pl.Workflow, prov.Plan))
  const classes = options.learning ? [provml.LearningProcessExecution, pl.WorkflowExecution] : [pl.WorkflowExecution]
  const run = begin(context, node, classes, undefined, [quad(node, pl.executionOf, plan)])
  const counts = new Map<string, number>()

  const beginTask = (transformation: string, own: readonly NamedNode[]): Node => {
    const step = transformationIri(base, name, transformation)
    const count = countUp(counts, transformation)
    const task = partIri(node, transformation, count)
    const stepClass = own.includes(provml.LearningStageExecution) ? [provml.LearningStage] : []
    if (count === 1) {
      journal.add([
        ...isA(step, ...stepClass, pl.DataTransformation, prov.Plan),
        quad(plan, pl.hasDataTransformation, step),
      ])
    }
    const about = [quad(task, pl.executionOf, step), quad(task, pl.partOf, node)]
    return begin(context, task, [...own, pl.DataTransformationExecution], undefined, about, run.generators)
  }

  const execution = executionOf(context, run)
  return {
    ...execution,
    task: (transformation) => cyclic(context, beginTask(transformation, [])),
    stage: (type, transformation = type.toLowerCase()) => {
      const stage = beginTask(transformation, [provml.LearningStageExecution])
      journal.add([quad(stage.iri, provml.stageType, STAGES[type])])
      return learningStage(context, stage)
    },
    close: (status) => {
      execution.end(status)
      return journal.flush()
    },
  }
}

function begin(
  { journal, now }: Context,
  node: NamedNode,
  classes: readonly NamedNode[],
  around: Node | undefined,
  about: readonly Quad[],
  generators = new Map<string, NamedNode>(),
): Node {
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

function end({ journal, now }: Context, node: Node, status: Exclude<Status, 'RUNNING'>): void {
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
function countUp(counts: Map<string, number>, name: string): number {
  const count = (counts.get(name) ?? 0) + 1
  counts.set(name, count)
  return count
}

/** The node and the statements of a value in one direction, without the edge to its execution. */
function describeValue(
  context: Context,
  node: Node,
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

function use(context: Context, node: Node, attribute: string, value: Captured, about?: About): NamedNode {
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

function generate(context: Context, node: Node, attribute: string, value: Captured, about?: About): NamedNode {
  const entity = describeValue(context, node, 'generated', attribute, value, about)
  context.journal.add([quad(entity, prov.wasGeneratedBy, node.iri)])
  if (!isReference(value)) return entity
  node.generators.set(entity.value, node.iri)
  for (let whole: Node | undefined = node; whole; whole = whole.around) {
    derive(context, [entity.value], whole.inputs)
    whole.outputs.add(entity.value)
  }
  return entity
}

const MEASURES = {
  loss: provml.loss,
  accuracy: provml.accuracy,
  precision: provml.precision,
  recall: provml.recall,
} as const

const measureNode = (base: string, measure: string): NamedNode =>
  Object.hasOwn(MEASURES, measure)
    ? MEASURES[measure as keyof typeof MEASURES]
    : iri(`${base}measure/${encodeURIComponent(measure)}`)

/** Values that belong to an entity, such as characteristics of a training set: generated with it. */
function addDetails(
  context: Context,
  node: Node,
  subject: NamedNode,
  property: NamedNode,
  ofClass: NamedNode,
  details: Readonly<Record<string, Scalar>>,
): void {
  for (const [name, value] of Object.entries(details)) {
    const detail = generate(context, node, name, value, { classes: [ofClass] })
    context.journal.add([quad(subject, property, detail)])
  }
}

function evaluate(
  context: Context,
  node: Node,
  measure: string | NamedNode,
  value: number,
  { on, model }: EvaluationDetails = {},
): NamedNode {
  const { base, journal } = context
  const measured = typeof measure === 'string' ? measureNode(base, measure) : measure
  const name = measured.value.replace(/^.*[#/]/, '')
  const entity = generate(context, node, name, double(value), { classes: [provml.ModelEvaluation] })
  const quads = [quad(entity, provml.measure, measured)]
  if (!Object.hasOwn(MEASURES, name)) quads.push(quad(measured, TYPE, provml.EvaluationMeasure))
  if (on !== undefined) quads.push(quad(entity, provml.onStage, STAGES[on]))
  if (model !== undefined) quads.push(quad(model, provml.evaluatedBy, entity))
  journal.add(quads)
  return entity
}

function executionOf(context: Context, node: Node): Execution {
  return {
    iri: node.iri,
    use: (attribute, value, about) => use(context, node, attribute, value, about),
    generate: (attribute, value, about) => generate(context, node, attribute, value, about),
    dataset: (attribute, reference, characteristics = {}) => {
      const classes = [provml.LearningDatasetReferenceValue]
      const set = generate(context, node, attribute, reference, { classes })
      addDetails(context, node, set, provml.datasetCharacteristic, provml.DatasetCharacteristicValue, characteristics)
      return set
    },
    model: (attribute, reference, hyperParameters = {}) => {
      const model = generate(context, node, attribute, reference, { classes: [provml.ModelReferenceValue] })
      addDetails(context, node, model, provml.modelHyperParameter, provml.ModelHyperParameterValue, hyperParameters)
      return model
    },
    evaluate: (measure, value, details) => evaluate(context, node, measure, value, details),
    associate: (agent) =>
      context.journal.add([...isA(agent, prov.Agent), quad(node.iri, prov.wasAssociatedWith, agent)]),
    end: (status = 'FINISHED') => end(context, node, status),
  }
}

function cyclic(context: Context, node: Node): CyclicExecution {
  const cycle = (name: string, iteration: number, own: readonly NamedNode[]): Node => {
    const part = partIri(node.iri, name, iteration)
    const about = [quad(part, pl.partOf, node.iri), quad(part, pl.iteration, integer(iteration))]
    return begin(context, part, [...own, pl.CycleExecution], node, about, node.generators)
  }
  return {
    ...executionOf(context, node),
    epoch: (iteration) => cyclic(context, cycle('epoch', iteration, [pl.EpochExecution])),
    batch: (iteration) => executionOf(context, cycle('batch', iteration, [pl.BatchExecution])),
    cycle: (name, iteration) => cyclic(context, cycle(name, iteration, [])),
  }
}

const DESCRIPTIONS = {
  task: [provml.task, provml.LearningTaskValue],
  implementation: [provml.implementation, provml.Implementation],
  featureSet: [provml.featureSet, provml.FeatureSetData],
} as const

function learningStage(context: Context, node: Node): LearningStage {
  return {
    ...cyclic(context, node),
    hyperParameter: (name, value, about = {}) => {
      const classes = [...(about.classes ?? []), provml.LearningHyperParameterSetting]
      const setting = use(context, node, name, value, { ...about, classes })
      context.journal.add([quad(node.iri, provml.hyperParameter, setting)])
      return setting
    },
    describe: (what, value) => {
      const [property, ofClass] = DESCRIPTIONS[what]
      const entity = use(context, node, what, value, { classes: [ofClass] })
      context.journal.add([quad(node.iri, property, entity)])
      return entity
    },
  }
}
