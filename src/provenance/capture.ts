import { randomUUID } from 'node:crypto'
import { iri, type NamedNode, quad } from '../../planner/term.ts'
import { partIri, transformationIri, workflowExecutionIri, workflowIri } from './identifiers.ts'
import { createJournal, type Write } from './journal.ts'
import { begin, type Context, countUp, end, generate, isA, type TrackedExecution, TYPE, use } from './tracker.ts'
import { type About, type Captured, double, integer, type Reference, type Scalar } from './values.ts'
import { pl, prov, provml } from './vocabulary.ts'

export type { Change, Write } from './journal.ts'
export type { About, Captured, Reference, Scalar, SliceRange } from './values.ts'

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

  const beginTask = (transformation: string, own: readonly NamedNode[]): TrackedExecution => {
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
  node: TrackedExecution,
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
  node: TrackedExecution,
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

function executionOf(context: Context, node: TrackedExecution): Execution {
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

function cyclic(context: Context, node: TrackedExecution): CyclicExecution {
  const cycle = (name: string, iteration: number, own: readonly NamedNode[]): TrackedExecution => {
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

function learningStage(context: Context, node: TrackedExecution): LearningStage {
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
