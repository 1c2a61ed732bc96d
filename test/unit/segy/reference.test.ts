import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readSegyHeader } from '../../../connectors/formats/segy/index.ts'
import { bytesReader } from './synthetic.ts'

const folder = join(process.env['POLYPROV_REFERENCE'] ?? '../shared/reference', 'segy')
const present = existsSync(folder)
if (!present && process.env['CI'] === 'true') throw new Error(`reference data not found in ${folder}`)
if (!present) console.log(`skipped: no reference data in ${folder}`)

interface Expected {
  readonly error?: boolean
  readonly traces?: number
  readonly samples?: number
  readonly dt?: number
  readonly format?: number
  readonly sorting?: number
  readonly inlines?: readonly number[]
  readonly crosslines?: readonly number[]
  readonly offsets?: readonly number[]
  readonly firstSample?: number
  readonly cdpX?: number
  readonly cdpY?: number
  readonly scalar?: number
  readonly units?: number
}

const SORTING = { crossline: 1, inline: 2 } as const
const cases: Record<string, Expected> = present ? JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) : {}

const read = (name: string) => {
  const reader = bytesReader(readFileSync(join(folder, name)))
  return { reader, header: readSegyHeader(reader) }
}

describe.skipIf(!present)('reference files', () => {
  it.each(Object.entries(cases))('%s is read as its independent reader does', async (name, expected) => {
    const { reader, header: reading } = read(name)
    if (expected.error) {
      await expect(reading).rejects.toMatchObject({ code: 'malformed-object' })
      return
    }
    const header = await reading
    const lines = (axis: typeof header.inlines) => axis && [axis.first, axis.last, axis.count]
    const found: Record<keyof Expected, unknown> = {
      error: undefined,
      traces: header.traceCount,
      samples: header.sampleCount,
      dt: header.sampleInterval,
      format: header.sampleFormat,
      sorting: header.sorting && SORTING[header.sorting],
      inlines: lines(header.inlines),
      crosslines: lines(header.crosslines),
      offsets: header.offsets,
      // segyio 1.8 reports the delay before the time scalar of bytes 215-216 is applied.
      firstSample: header.delay,
      cdpX: header.cdpX,
      cdpY: header.cdpY,
      scalar: header.coordinateScalar,
      units: header.coordinateUnits,
    }
    for (const key of Object.keys(expected) as (keyof Expected)[])
      expect([key, found[key]]).toEqual([key, expected[key]])
    expect(header.exact).toBe(true)
    expect(reader.asked.reads).toBeLessThanOrEqual(2)
  })

  it.each(['mapping-default.sgy', 'mapping-minimal.sgy', 'mapping-shifted.sgy'])(
    '%s: line numbers where its Layout stanza puts them',
    async (name) => {
      const header = await read(name).header
      expect(header).toMatchObject({
        inlines: { first: 1, count: 3 },
        crosslines: { first: 20, last: 21 },
        traceCount: 6,
      })
      expect(header.lineBytes.inline).toBe({ 'mapping-default.sgy': 189, 'mapping-minimal.sgy': 1 }[name] ?? 190)
    },
  )

  it('applies the time scalar to the delay', async () => {
    expect(await read('delay-scalar.sgy').header).toMatchObject({ delay: 10_000, firstSample: 1000 })
  })

  it('counts extended trace headers', async () => {
    expect(await read('trace-header-extensions.sgy').header).toMatchObject({
      traceCount: 2,
      traceSize: 736,
      revision: '2.1',
    })
    expect(await read('rotated-small-rev2.sgy').header).toMatchObject({
      traceCount: 25,
      traceSize: 680,
      revision: '2.0',
      inlines: { first: 1, last: 5, count: 5 },
      crosslines: { first: 20, last: 24, count: 5 },
    })
  })

  it('outlines the Netherlands crop in its own coordinates', async () => {
    const header = await read('f3.sgy').header
    expect(header.footprint).toBe(
      'POLYGON ((620181.9 6074782.6, 620197.2 6074232.9, 620622.1 6074244.7, 620606.7 6074794.5, 620181.9 6074782.6))',
    )
    expect(header.textHeader).toContain('Dutch North Sea')
  })
})
