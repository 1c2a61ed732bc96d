import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { NamedNode } from '../../planner/term.ts'
import type { CaptureClient, CyclicExecution, LearningStage, Reference } from '../../src/provenance/capture.ts'
import { provml } from '../../src/provenance/vocabulary.ts'
import { type Classifier, createClassifier, type Examples, evaluate, trainBatch } from './classifier.ts'
import { reasonOf } from './failure.ts'
import { extractFeatures, FEATURES, featureCount } from './features.ts'
import { digestedReference } from './files.ts'
import { readHdf5 } from './hdf5.ts'
import type { TrainingSet } from './preparation.ts'
import { createRandom, type Random, shuffle } from './random.ts'
import { type BuildContext, STORES } from './settings.ts'

/** What one training run is told. */
export interface LearningPlan {
  readonly name: string
  readonly set: TrainingSet
  readonly hidden: number
  readonly learningRate: number
  readonly batchSize: number
  readonly weightDecay: number
}

/** A run's last model, with what was measured of it. */
export interface TrainedModel {
  readonly name: string
  readonly iri: string
  readonly trainingSet: string
  readonly survey: string
  readonly loss: number
  readonly accuracy: number
}

/** A run that came to nothing, and why. */
export interface FailedLearning {
  readonly name: string
  readonly trainingSet: string
  readonly reason: string
}

const SETTINGS = [
  { hidden: 0, learningRate: 0.5, batchSize: 32, weightDecay: 0.0001 },
  { hidden: 8, learningRate: 0.3, batchSize: 16, weightDecay: 0.0001 },
  { hidden: 16, learningRate: 0.1, batchSize: 64, weightDecay: 0.001 },
] as const

/** A slip of the exponent's sign: the decay alone throws the weights from side to side, further with each step. */
const DIVERGING = { hidden: 8, learningRate: 1e15, batchSize: 16, weightDecay: 0.01 } as const
/** A loss beyond this does not come back. */
const HIGHEST_LOSS = 1e6

/** Three settings for every training set, and one that diverges. */
export function planLearning(sets: readonly TrainingSet[]): LearningPlan[] {
  const plans = sets.flatMap((set) =>
    SETTINGS.map((setting, index) => ({ name: `${set.name}-${index + 1}`, set, ...setting })),
  )
  const first = sets[0]
  return first ? [...plans, { name: `${first.name}-diverging`, set: first, ...DIVERGING }] : plans
}

interface Data {
  readonly training: Examples
  readonly validation: Examples
}

async function readData(set: TrainingSet, tileSize: number): Promise<Data> {
  const arrays = await readHdf5(set.path, [
    '/training/tiles',
    '/training/labels',
    '/validation/tiles',
    '/validation/labels',
  ])
  const examples = (part: 'training' | 'validation'): Examples => {
    const labels = arrays[`/${part}/labels`].data as Uint8Array
    const tiles = arrays[`/${part}/tiles`].data as Float32Array
    return { count: labels.length, labels, features: extractFeatures(tiles, tileSize) }
  }
  return { training: examples('training'), validation: examples('validation') }
}

/** Trains a classifier, epoch by epoch and batch by batch; every loss and every time is measured. */
export async function learn(
  build: BuildContext,
  capture: CaptureClient,
  plan: LearningPlan,
): Promise<TrainedModel | FailedLearning> {
  const run = capture.workflow('learning', { id: plan.name, learning: true })
  const stage = run.stage('Training')
  try {
    const random = createRandom(build.seed + plan.hidden)
    const data = await beginTraining(build, stage, plan)
    const model = createClassifier(featureCount(build.settings.tileSize), plan.hidden, random)
    for (let epoch = 1; epoch <= build.settings.epochs; epoch++) {
      build.signal?.throwIfAborted()
      await trainEpoch(build, stage.epoch(epoch), epoch, model, data, plan, random)
      // Lets the captured writes and other work of the process go on between epochs.
      await setImmediate()
    }
    const trained = await keepModel(build, plan, model, 'model')
    const reference = stage.model('model', trained, ownHyperParameters(plan))
    const training = evaluate(model, data.training)
    stage.evaluate('loss', training.loss, { on: 'Training', model: reference })
    stage.evaluate('accuracy', training.accuracy, { on: 'Training', model: reference })
    stage.end()
    const validation = run.stage('Validation')
    validation.use('model', trained, { classes: [provml.ModelReferenceValue] })
    const { loss, accuracy } = evaluate(model, data.validation)
    validation.evaluate('loss', loss, { on: 'Validation', model: reference })
    validation.evaluate('accuracy', accuracy, { on: 'Validation', model: reference })
    validation.end()
    await run.close()
    const { set, name } = plan
    return { name, iri: reference.value, trainingSet: set.name, survey: set.survey.locator, loss, accuracy }
  } catch (error) {
    stage.generate('error', reasonOf(error))
    stage.end('FAILED')
    await run.close('FAILED')
    build.signal?.throwIfAborted()
    return { name: plan.name, trainingSet: plan.set.name, reason: reasonOf(error) }
  }
}

async function beginTraining(build: BuildContext, stage: LearningStage, plan: LearningPlan): Promise<Data> {
  stage.use('trainingSet', plan.set.reference, { classes: [provml.LearningDatasetReferenceValue] })
  stage.describe('task', `classification of tiles: ${plan.set.labels}`)
  stage.describe('implementation', plan.hidden === 0 ? 'logistic regression' : 'perceptron with one hidden layer')
  stage.describe('featureSet', FEATURES)
  stage.hyperParameter('learningRate', plan.learningRate)
  stage.hyperParameter('batchSize', plan.batchSize, { unit: 'tiles' })
  stage.hyperParameter('weightDecay', plan.weightDecay)
  stage.hyperParameter('epochs', build.settings.epochs)
  return readData(plan.set, build.settings.tileSize)
}

async function trainEpoch(
  build: BuildContext,
  execution: CyclicExecution,
  epoch: number,
  model: Classifier,
  data: Data,
  plan: LearningPlan,
  random: Random,
): Promise<void> {
  const order = shuffle(
    Array.from({ length: data.training.count }, (_, index) => index),
    random,
  )
  try {
    for (let start = 0, batch = 1; start < order.length; start += plan.batchSize, batch++) {
      const part = execution.batch(batch)
      trainBatch(model, data.training, order.slice(start, start + plan.batchSize), plan)
      part.end()
    }
    await measureEpoch(build, execution, epoch, model, data, plan)
    execution.end()
  } catch (error) {
    execution.end('FAILED')
    throw error
  }
}

/** Measures the model after an epoch; every few epochs it is kept as a checkpoint. */
async function measureEpoch(
  build: BuildContext,
  execution: CyclicExecution,
  epoch: number,
  model: Classifier,
  data: Data,
  plan: LearningPlan,
): Promise<void> {
  const { checkpointEvery, epochs } = build.settings
  const measured = { Training: evaluate(model, data.training), Validation: evaluate(model, data.validation) }
  const converges = measured.Training.loss < HIGHEST_LOSS
  let checkpoint: NamedNode | undefined
  if (converges && epoch % checkpointEvery === 0 && epoch < epochs) {
    const reference = await keepModel(build, plan, model, `epoch-${epoch}`)
    checkpoint = execution.model('checkpoint', reference, ownHyperParameters(plan))
  }
  for (const on of ['Training', 'Validation'] as const) {
    const details = checkpoint ? { on, model: checkpoint } : { on }
    execution.evaluate('loss', measured[on].loss, details)
    execution.evaluate('accuracy', measured[on].accuracy, details)
  }
  if (!converges) throw new Error(`the training diverged in epoch ${epoch}: its loss is ${measured.Training.loss}`)
}

const ownHyperParameters = (plan: LearningPlan) => ({
  hiddenUnits: plan.hidden,
  activation: plan.hidden === 0 ? 'logistic' : 'tanh, logistic',
})

/** Writes the weights. */
async function keepModel(build: BuildContext, plan: LearningPlan, model: Classifier, name: string): Promise<Reference> {
  const locator = `${plan.name}/${name}.json`
  const path = join(build.directory, 'models', locator)
  await mkdir(join(build.directory, 'models', plan.name), { recursive: true })
  const { inputs, hidden } = model
  const weights = { hiddenWeights: [...model.hiddenWeights], outputWeights: [...model.outputWeights] }
  await writeFile(path, `${JSON.stringify({ inputs, hidden, features: FEATURES, ...weights })}\n`)
  return digestedReference(STORES.models, locator, path, { format: 'JSON' })
}
