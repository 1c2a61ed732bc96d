// Watches a training while it runs: what is captured is there for the next query. The training is captured call by
// call; in between, the stored query q4 asks for the times of the epochs so far.

import { setTimeout } from 'node:timers/promises'
import { iri, open } from 'polyprov'

await using polystore = await open({ stores: [{ id: 'provenance', type: 'columnar', role: 'provenance' }] })

const tiles = { store: 'tiles', locator: 'faults.h5' }
const dataset = iri(`${polystore.base}store/tiles/object/faults.h5`)

const run = polystore.capture.workflow('fault detection', { learning: true })
const stage = run.stage('Training')
stage.use('trainingSet', tiles)
stage.hyperParameter('learningRate', 0.1)
for (let iteration = 1; iteration <= 3; iteration++) {
  const epoch = stage.epoch(iteration)
  for (let number = 1; number <= 4; number++) {
    const batch = epoch.batch(number)
    await setTimeout(5)
    batch.end()
  }
  await watch(`in epoch ${iteration}`)
  epoch.evaluate('loss', 1 / iteration, { on: 'Training' })
  epoch.end()
}
stage.model('model', { store: 'models', locator: 'faults.json' })
await run.close()
await watch('at the end')

async function watch(when: string): Promise<void> {
  await polystore.capture.flush()
  const { text } = polystore.queries.get('q4')
  const epochs = await polystore.query(text, { parameters: { dataset } }).toArray()
  const shown = epochs.map(({ epoch, batches }) => `epoch ${epoch} has ${batches} batches`)
  console.log(`${when}: ${shown.join(', ')}`)
}
