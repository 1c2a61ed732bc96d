import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { batchBuilder } from '../../connectors/batch.ts'
import { conformanceChecks } from '../../connectors/conformance.ts'
import openCsv from '../../examples/04-csv-connector.ts'
import { iri, literal, quad } from '../../planner/term.ts'

const MODELS = ['a', 'b', 'c', 'd'].map((name) => `urn:model:${name}`)
const COLUMNS = ['verdict', 'reviewer', 'note']
const cell = (model: string, column: string) => `${column === 'verdict' ? 'approved' : model.slice(-1)} ${column}`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polyprov-csv-'))
  const rows = MODELS.map((model) => [model, ...COLUMNS.map((column) => cell(model, column))])
  const text = [['model', ...COLUMNS], ...rows].map((row) => `${row.join(',')}\n`).join('')
  await writeFile(join(folder, 'reviews.csv'), text)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the connector of the example', () => {
  const checks = conformanceChecks({
    open: async () => {
      const definition = { id: 'reviews', type: 'csv', path: 'reviews.csv', vocabulary: 'urn:review:' }
      return openCsv(definition, { base: 'urn:polyprov:', folder, batch: batchBuilder })
    },
    quads: MODELS.flatMap((model) =>
      COLUMNS.map((column) => quad(iri(model), iri(`urn:review:${column}`), literal(cell(model, column)))),
    ),
  })
  for (const { name, run } of checks) test(name, run)
})
