import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { binPosition, toLongitudeLatitude } from '../../../examples/seismic/coordinates.ts'
import { decodeSamples } from '../../../examples/seismic/segy-samples.ts'
import { ibmFloatBits, writeSegy } from '../../../examples/seismic/segy-writer.ts'
import { geometryOf, readHeader, readSubvolume } from '../../../examples/seismic/survey.ts'
import { SYNTHETIC_SURVEYS, syntheticTraces } from '../../../examples/seismic/synthetic-survey.ts'

test.each(SYNTHETIC_SURVEYS)('$name is read back as it was written', async (survey) => {
  const folder = await mkdtemp(join(tmpdir(), 'segy-'))
  const path = join(folder, 'survey.sgy')
  await writeSegy(path, survey, 3, undefined)
  const header = await readHeader(path, undefined)
  expect(header).toMatchObject({
    revision: '1.0',
    byteOrder: 'big-endian',
    regular: true,
    sorting: 'inline',
    sampleFormat: survey.format,
    sampleCount: survey.samples,
    sampleInterval: survey.sampleInterval,
    traceCount: survey.inlines * survey.crosslines,
    inlines: { first: survey.firstInline, count: survey.inlines, step: 1 },
    crosslines: { first: survey.firstCrossline, count: survey.crosslines, step: 1 },
  })
  expect(header.textHeader).toContain('SYNTHETIC')
  expect(header.crs).toMatch(/EPSG/)
  const [x, y] = binPosition(survey, 0, 0).map((metres) => metres.toFixed(0))
  expect(header.footprint).toContain(`${x} ${y}`)

  const geometry = geometryOf(header, 8)
  const selection = { axis: 'crossline', from: 5, slices: 2, traces: survey.inlines, samples: 20 } as const
  const box = await readSubvolume(path, geometry, selection, undefined)
  expect([...box.slices]).toEqual([survey.firstCrossline + 5, survey.firstCrossline + 6])
  const traces = [...syntheticTraces(survey, 3)]
  const expected = traces[7 * survey.crosslines + 6]!
  for (let sample = 0; sample < 20; sample++) {
    const read = box.amplitudes[(survey.inlines + 7) * 20 + sample]!
    expect(Math.abs(read - expected[sample]!)).toBeLessThanOrEqual(Math.abs(expected[sample]!) * 1e-6)
  }
  await rm(folder, { recursive: true })
})

test('IBM floating point as in the reference cards: -118.625 is C276A000', () => {
  expect(ibmFloatBits(-118.625).toString(16)).toBe('c276a000')
  expect(ibmFloatBits(1).toString(16)).toBe('41100000')
  expect(ibmFloatBits(0)).toBe(0)
})

test('samples of every format, in both byte orders', () => {
  const decode = (format: number, little: boolean, ...bytes: number[]): number => {
    const target = new Float32Array(1)
    decodeSamples(Uint8Array.from(bytes), 0, format, little, target)
    return target[0]!
  }
  expect(decode(1, false, 0xc2, 0x76, 0xa0, 0)).toBe(-118.625)
  expect(decode(1, true, 0, 0xa0, 0x76, 0xc2)).toBe(-118.625)
  expect(decode(3, false, 0xff, 0xfe)).toBe(-2)
  expect(decode(3, true, 0xfe, 0xff)).toBe(-2)
  expect(decode(5, false, 0x3f, 0x80, 0, 0)).toBe(1)
  expect(decode(7, false, 0xff, 0xff, 0xfd)).toBe(-3)
  expect(decode(15, true, 0xfd, 0xff, 0xff)).toBe(0xfffffd)
  expect(decode(8, false, 0x80)).toBe(-128)
  expect(() => decode(4, false, 0, 0, 0, 0)).toThrow('format 4')
})

test('UTM positions become longitude and latitude', () => {
  // The CN Tower: 43.642567 N, 79.387139 W is 630084 E, 4833438 N in zone 17.
  const origin = { zone: 17, south: false, easting: 0, northing: 0, azimuth: 0 }
  const [longitude, latitude] = toLongitudeLatitude(origin, 630_084, 4_833_438)
  expect(longitude).toBeCloseTo(-79.387139, 4)
  expect(latitude).toBeCloseTo(43.642567, 4)
})
