import { describe, expect, it } from 'vitest'
import { readSegyHeader } from '../../../connectors/formats/segy/index.ts'
import { cubeReader, grid, type SyntheticCube } from './synthetic.ts'

const cube = (shape: Parameters<typeof grid>[0], more: Partial<SyntheticCube> = {}): SyntheticCube => ({
  samples: 1500,
  ...grid(shape),
  ...more,
})

describe('geometry by few reads', () => {
  it('of a 7.5 GB cube: 13 reads and 20 kB', async () => {
    const reader = cubeReader(cube({ inlines: 1000, crosslines: 1200 }))
    expect(reader.size).toBeGreaterThan(7.4e9)
    const header = await readSegyHeader(reader)
    expect(header).toMatchObject({
      inlines: { first: 100, last: 1099, count: 1000, step: 1 },
      crosslines: { first: 300, last: 1499, count: 1200, step: 1 },
      sampleCount: 1500,
      traceCount: 1_200_000,
      sorting: 'inline',
      regular: true,
      exact: false,
      probes: 8,
      offsetCount: 1,
    })
    expect(reader.asked.reads).toBeLessThanOrEqual(13)
    expect(reader.asked.bytes).toBeLessThanOrEqual(20_000)
    const without = cubeReader(cube({ inlines: 1000, crosslines: 1200 }))
    await readSegyHeader(without, { probes: 0 })
    expect(without.asked.reads).toBeLessThanOrEqual(5)
  })

  it('of a 400 GB prestack survey: 23 reads', async () => {
    const reader = cubeReader(cube({ inlines: 1000, crosslines: 1200, fold: 60 }))
    expect(reader.size).toBeGreaterThan(4e11)
    const header = await readSegyHeader(reader)
    expect(header).toMatchObject({
      inlines: { count: 1000 },
      crosslines: { count: 1200 },
      offsetCount: 60,
      regular: true,
    })
    expect(header.offsets).toHaveLength(60)
    expect(reader.asked.reads).toBeLessThanOrEqual(23)
  })

  it('of a 400 GB prestack survey whose offsets follow no rule: 23 reads', async () => {
    const shape = grid({ inlines: 1000, crosslines: 1200, fold: 60 })
    const trace = (index: number) => ({ ...shape.trace(index), offset: ((index % 60) * 31) % 67 })
    const reader = cubeReader({ samples: 1500, ...shape, trace })
    expect(await readSegyHeader(reader)).toMatchObject({ inlines: { count: 1000 }, offsetCount: 60, regular: true })
    expect(reader.asked.reads).toBeLessThanOrEqual(23)
  })

  it('of a 400 GB cube: 23 reads', async () => {
    const reader = cubeReader(cube({ inlines: 5000, crosslines: 5000 }, { samples: 4000 }))
    expect(reader.size).toBeGreaterThan(4e11)
    expect(await readSegyHeader(reader)).toMatchObject({ inlines: { count: 5000 }, crosslines: { count: 5000 } })
    expect(reader.asked.reads).toBeLessThanOrEqual(23)
  })

  it('of crossline-sorted, stepped and falling lines', async () => {
    const shape = grid({ inlines: 400, crosslines: 500, firstInline: 2000, inlineStep: -2, crosslineStep: 4 })
    const trace = (index: number) => {
      const { inline, crossline } = shape.trace(index)
      return { inline: crossline, crossline: inline }
    }
    expect(await readSegyHeader(cubeReader({ samples: 100, ...shape, trace }))).toMatchObject({
      sorting: 'crossline',
      inlines: { first: 300, last: 2296, count: 500, step: 4 },
      crosslines: { first: 2000, last: 1202, count: 400, step: -2 },
    })
  })

  it('lists lines with gaps', async () => {
    const shape = grid({ inlines: 99, crosslines: 1200 })
    const trace = (index: number) => {
      const place = shape.trace(index)
      return { ...place, inline: place.inline >= 150 ? place.inline + 1 : place.inline }
    }
    const header = await readSegyHeader(cubeReader({ samples: 500, ...shape, trace }))
    expect(header.inlines).toMatchObject({ first: 100, last: 199, count: 99 })
    expect(header.inlines!.values).toHaveLength(99)
    expect(header).toMatchObject({ regular: false, exact: false, crosslines: { count: 1200, step: 1 } })
  })

  it.each([
    [5, 21],
    [9, 21],
    [9, 13],
  ])('finds line numbers at bytes %i and %i', async (inline, crossline) => {
    const reader = cubeReader(cube({ inlines: 300, crosslines: 500 }, { places: [inline, crossline] }))
    expect(await readSegyHeader(reader)).toMatchObject({
      lineBytes: { inline, crossline },
      inlines: { first: 100, count: 300 },
      crosslines: { first: 300, count: 500 },
    })
  })

  it('finds line numbers where the text says', async () => {
    const lines = ['PETREL EXPORT', 'INLINE BYTES 17-20     CROSSLINE BYTES: 025-028']
    const reader = cubeReader(cube({ inlines: 300, crosslines: 500 }, { places: [17, 25], lines }))
    expect(await readSegyHeader(reader)).toMatchObject({
      lineBytes: { inline: 17, crossline: 25 },
      inlines: { count: 300 },
    })
  })

  it.each([
    [73, 77],
    [81, 85],
  ])('finds coordinates at bytes %i and %i', async (x, y) => {
    const header = await readSegyHeader(
      cubeReader(cube({ inlines: 3, crosslines: 5 }, { coordinates: [x, y], header: [[71, 16, -10]] })),
    )
    expect(header.coordinateBytes).toEqual({ x, y })
    expect(header.footprint).toBe(
      'POLYGON ((600000 6000000, 600100 6000000, 600100 6000050, 600000 6000050, 600000 6000000))',
    )
  })
})

describe('dead traces', () => {
  it('at a corner leave the outline whole', async () => {
    const shape = grid({ inlines: 3, crosslines: 5 })
    const trace = (index: number) => (index === 4 ? { ...shape.trace(index), x: 0, y: 0 } : shape.trace(index))
    const dead = await readSegyHeader(cubeReader({ samples: 10, ...shape, trace, header: [[29, 16, 2]] }))
    const whole = await readSegyHeader(cubeReader({ samples: 10, ...shape }))
    expect(dead.footprint).toBe(whole.footprint)
  })
})

describe('coordinate units', () => {
  const header = (units: number, x: number, y: number, scalar = 1) =>
    readSegyHeader(
      cubeReader({
        traceCount: 1,
        samples: 10,
        trace: () => ({ inline: 1, crossline: 2, x, y }),
        header: [
          [71, 16, scalar],
          [89, 16, units],
        ],
      }),
    )

  it('turns angles into degrees, but never metres', async () => {
    expect((await header(2, 7200, 36_000)).footprint).toBe('POINT (2 10)')
    expect((await header(3, 250, 5825, -100)).footprint).toBe('POINT (2.5 58.25)')
    expect((await header(4, 23_000, -581_500)).footprint).toBe('POINT (2.5 -58.25)')
    expect((await header(3, 600_000, 6_000_000)).footprint).toBe('POINT (600000 6000000)')
    expect((await header(0, 0, 0)).footprint).toBeUndefined()
  })
})

describe('irregular surveys', () => {
  it('are recognised by their size, the last line or a probe', async () => {
    const shape = grid({ inlines: 1000, crosslines: 1200 })
    const shifted = (index: number) => shape.trace(index > 600_000 ? index + 7 : index)
    const header = await readSegyHeader(cubeReader({ samples: 1500, ...shape, trace: shifted }))
    expect(header).toMatchObject({ regular: false, exact: false, traceCount: 1_200_000 })
    expect(header.sorting).toBeUndefined()
    expect(header.inlines?.first).toBe(100)
    const cut = await readSegyHeader(cubeReader({ samples: 1500, ...shape, traceCount: 1_199_999 }))
    expect(cut).toMatchObject({ regular: false, inlines: { first: 100, last: 1099, count: 1000 } })
  })

  it('reads a bounded number of headers', async () => {
    const reader = cubeReader({
      samples: 1500,
      traceCount: 1_200_000,
      trace: (index) => ({ inline: (index * 7919) % 1009, crossline: (index * 104_729) % 997 }),
    })
    expect(await readSegyHeader(reader)).toMatchObject({ regular: false, exact: false })
    expect(reader.asked.reads).toBeLessThan(120)
  })

  it('are counted exactly by a full scan', async () => {
    const shape = grid({ inlines: 100, crosslines: 120 })
    const hole = (index: number) => shape.trace(index === 5000 ? 5001 : index)
    let progress = 0
    const onProgress = (done: number) => {
      progress = done
    }
    const scanned = await readSegyHeader(cubeReader({ samples: 100, ...shape, trace: hole }), {
      full: true,
      onProgress,
    })
    expect(scanned).toMatchObject({ regular: false, exact: true, inlines: { count: 100 }, crosslines: { count: 120 } })
    expect(progress).toBe(12_000)
    const whole = await readSegyHeader(cubeReader({ samples: 100, ...shape }), { full: true })
    expect(whole).toMatchObject({ regular: true, exact: true, sorting: 'inline', probes: 12_000 })
  })

  it('without line numbers have none', async () => {
    const header = await readSegyHeader(
      cubeReader({ samples: 10, traceCount: 40, trace: () => ({ inline: 0, crossline: 0 }) }),
    )
    expect(header).toMatchObject({ regular: false, exact: true, traceCount: 40 })
    expect(header.inlines).toBeUndefined()
  })
})
