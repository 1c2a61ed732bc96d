import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Polystore } from '../../src/index.ts'
import {
  answer2,
  answer3,
  answer4,
  answer5,
  datasets,
  models,
  ranges,
  readStores,
  type Stores,
  seismicBehind,
} from './answers.ts'
import { type Example, REFERENCE, takeExample } from './fixture.ts'
import { ask, integer, type Row, run, sorted, text } from './rows.ts'

let example: Example
let polystore: Polystore
let stores: Stores

beforeAll(async () => {
  if (REFERENCE === undefined) return
  example = await takeExample('real')
  stores = await readStores(example.folder, REFERENCE)
  polystore = await example.open()
})

afterAll(async () => {
  await polystore?.close()
  await example?.[Symbol.asyncDispose]()
})

/** The corners of `"POLYGON ((…))"`, each once. */
const cornersOf = (wkt: string): ReadonlySet<string> =>
  new Set(
    [...wkt.matchAll(/(-?[\d.]+) (-?[\d.]+)/g)].map(([, x, y]) =>
      [x, y].map((each) => Number(each).toString()).join(' '),
    ),
  )

const withoutOutline = (rows: readonly Row[]): Row[] => rows.map(({ wkt: _, ...row }) => row)

describe.skipIf(REFERENCE === undefined)('an example of real surveys', () => {
  test('q1 and q6 tell what the headers say, and invent nothing', async () => {
    expect(models(stores).length).toBeGreaterThanOrEqual(24)
    for (const model of models(stores)) {
      const expected = seismicBehind(stores, model)
      const { rows, warnings } = await run(polystore, 'q1', { model })
      expect(warnings).toEqual([])
      expect(sorted(withoutOutline(rows))).toEqual(sorted(expected.map(({ columns }) => columns)))
      for (const [index, row] of rows.entries()) {
        expect(Object.keys(row).filter((name) => ['crs', 'basin', 'field'].includes(name))).toEqual([])
        expect(cornersOf(row['wkt']!)).toEqual(expected[index]!.corners)
        expect(row['wkt']).toMatch(/^"POLYGON \(\(.*\)\)"\^http:\/\/www.opengis.net\/ont\/geosparql#wktLiteral$/)
      }
    }
    for (const dataset of datasets(stores)) {
      const { rows } = await run(polystore, 'q6', { dataset })
      expect(sorted(rows)).toEqual(sorted(seismicBehind(stores, dataset).map(({ columns }) => columns)))
    }
  })

  test('the crop of F3 has inlines 111 to 133 and crosslines 875 to 892', async () => {
    const { iri } = example.summary.models.find(({ survey }) => survey === 'f3.sgy')!
    const { rows } = await run(polystore, 'q1', { model: iri })
    expect(rows).toEqual([
      expect.objectContaining({
        path: text('f3.sgy'),
        inlines: integer(23),
        crosslines: integer(18),
        samples: integer(75),
        slices: integer(41),
      }),
    ])
    const [line] = (
      await ask(
        polystore,
        `PREFIX segy: <https://w3id.org/polyprov/segy#>
        SELECT * { <${rows[0]!['seismic']!.slice(1, -1)}> segy:inlineFirst ?a ; segy:inlineLast ?b ; segy:crosslineFirst ?c ; segy:crosslineLast ?d }`,
      )
    ).rows
    expect(line).toEqual({ a: integer(111), b: integer(133), c: integer(875), d: integer(892) })
  })

  test('q2 to q5 as well', async () => {
    for (const model of models(stores)) {
      expect(sorted((await run(polystore, 'q2', { model })).rows)).toEqual(sorted(answer2(stores, model)))
    }
    for (const dataset of datasets(stores)) {
      expect(sorted((await run(polystore, 'q3', { dataset })).rows)).toEqual(sorted(answer3(stores, dataset)))
      expect(sorted((await run(polystore, 'q4', { dataset })).rows)).toEqual(sorted(answer4(stores, dataset)))
    }
    for (const { axis, start, end } of ranges(stores)) {
      for (const match of ['exact', 'overlap'] as const) {
        const { rows } = await run(polystore, 'q5', { axis, start, end, match })
        expect(sorted(rows)).toEqual(sorted(answer5(stores, { axis, start, end }, match)))
      }
    }
  })

  test('what cannot be tiled is a failed curation, and nothing is learned from it', async () => {
    const failed = example.summary.failedCurations.map(({ locator }) => locator)
    expect(failed).toContain('small.sgy')
    expect(failed).toContain('text.sgy')
    const curations = await ask(
      polystore,
      `PREFIX prov: <http://www.w3.org/ns/prov#> PREFIX pl: <https://w3id.org/polyprov/provlake#>
      SELECT ?path ?reason {
        ?task prov:used ?file ; pl:status "FAILED" . ?file pl:ofSchema pl:SeismicFile ; pl:value ?path .
        ?error prov:wasGeneratedBy ?task ; pl:attributeName "error" ; pl:value ?reason
      }`,
    )
    expect(sorted(curations.rows)).toEqual(
      sorted(
        example.summary.failedCurations.map(({ locator, reason }) => ({ path: text(locator), reason: text(reason) })),
      ),
    )
    const learned = await ask(
      polystore,
      `PREFIX prov: <http://www.w3.org/ns/prov#> PREFIX pl: <https://w3id.org/polyprov/provlake#>
      SELECT DISTINCT ?path { ?any prov:wasDerivedFrom ?file . ?file pl:ofSchema pl:SeismicFile ; pl:value ?path }`,
    )
    expect(sorted(learned.rows)).toEqual(
      sorted(example.summary.surveys.map(({ locator }) => ({ path: text(locator) }))),
    )
    expect(stores.annotations.size).toBe(0)
    expect(stores.documents.size).toBe(0)
  })

  test('the files stay where they are', async () => {
    const info = polystore.stores.list().find(({ id }) => id === 'seismic')!
    expect(info.definition['path']).toBe(join(REFERENCE!))
  })
})
