import type { Random } from './random.ts'

/** Settings that a classifier is trained with. */
export interface TrainingSettings {
  readonly learningRate: number
  readonly batchSize: number
  /** Share of the weights that is taken off with each step, times the learning rate. */
  readonly weightDecay: number
}

/** A perceptron with one hidden layer (tanh) and one output (logistic); without hidden units logistic regression. */
export interface Classifier {
  readonly inputs: number
  readonly hidden: number
  /** Hidden units by rows: `inputs` weights and a bias each. */
  readonly hiddenWeights: Float64Array
  /** Weights of the hidden units (of the inputs, where there are none), and a bias. */
  readonly outputWeights: Float64Array
}

/** Examples by rows of features; labels are 0 or 1. */
export interface Examples {
  readonly count: number
  readonly features: Float32Array
  readonly labels: Uint8Array
}

export function createClassifier(inputs: number, hidden: number, random: Random): Classifier {
  const hiddenWeights = Float64Array.from({ length: hidden * (inputs + 1) }, () => random.normal() / Math.sqrt(inputs))
  const width = hidden === 0 ? inputs : hidden
  const outputWeights = Float64Array.from({ length: width + 1 }, () => random.normal() / Math.sqrt(width))
  return { inputs, hidden, hiddenWeights, outputWeights }
}

/** Activations of the hidden units for one example, and the output before the logistic function. */
function forward(model: Classifier, features: Float32Array, start: number, activations: Float64Array): number {
  const { inputs, hidden, hiddenWeights, outputWeights } = model
  for (let unit = 0; unit < hidden; unit++) {
    const row = unit * (inputs + 1)
    let sum = hiddenWeights[row + inputs]!
    for (let input = 0; input < inputs; input++) sum += hiddenWeights[row + input]! * features[start + input]!
    activations[unit] = Math.tanh(sum)
  }
  if (hidden === 0) for (let input = 0; input < inputs; input++) activations[input] = features[start + input]!
  const width = outputWeights.length - 1
  let output = outputWeights[width]!
  for (let index = 0; index < width; index++) output += outputWeights[index]! * activations[index]!
  return output
}

/** Cross entropy of a logistic output, without overflow. */
const crossEntropy = (output: number, label: number): number =>
  Math.max(output, 0) - output * label + Math.log1p(Math.exp(-Math.abs(output)))

/** One step of gradient descent over some examples; gives their mean loss before the step. */
export function trainBatch(
  model: Classifier,
  examples: Examples,
  chosen: readonly number[],
  { learningRate, weightDecay }: TrainingSettings,
): number {
  const { inputs, hidden, hiddenWeights, outputWeights } = model
  const width = outputWeights.length - 1
  const activations = new Float64Array(width)
  const hiddenGradient = new Float64Array(hiddenWeights.length)
  const outputGradient = new Float64Array(outputWeights.length)
  let loss = 0
  for (const example of chosen) {
    const start = example * inputs
    const label = examples.labels[example]!
    const output = forward(model, examples.features, start, activations)
    loss += crossEntropy(output, label)
    const error = 1 / (1 + Math.exp(-output)) - label
    outputGradient[width]! += error
    for (let index = 0; index < width; index++) outputGradient[index]! += error * activations[index]!
    for (let unit = 0; unit < hidden; unit++) {
      const slope = error * outputWeights[unit]! * (1 - activations[unit]! ** 2)
      const row = unit * (inputs + 1)
      hiddenGradient[row + inputs]! += slope
      for (let input = 0; input < inputs; input++) {
        hiddenGradient[row + input]! += slope * examples.features[start + input]!
      }
    }
  }
  const step = (weights: Float64Array, gradient: Float64Array): void => {
    for (let index = 0; index < weights.length; index++) {
      weights[index]! -= learningRate * (gradient[index]! / chosen.length + weightDecay * weights[index]!)
    }
  }
  step(hiddenWeights, hiddenGradient)
  step(outputWeights, outputGradient)
  return loss / chosen.length
}

/** Mean loss and share of right answers over all examples. */
export function evaluate(model: Classifier, examples: Examples): { readonly loss: number; readonly accuracy: number } {
  const activations = new Float64Array(model.outputWeights.length - 1)
  let loss = 0
  let right = 0
  for (let example = 0; example < examples.count; example++) {
    const output = forward(model, examples.features, example * model.inputs, activations)
    const label = examples.labels[example]!
    loss += crossEntropy(output, label)
    if (output > 0 === (label === 1)) right += 1
  }
  return { loss: loss / examples.count, accuracy: right / examples.count }
}
