import { describe, expect, it } from 'vitest'
import { readSegyHeader, segyFormat } from '../../../connectors/formats/segy/index.ts'
import { decodeText, textEncoding } from '../../../connectors/formats/segy/text.ts'
import { iri } from '../../../planner/term.ts'
import { bytesReader, cubeReader, grid, type SyntheticCube } from './synthetic.ts'

const cube = (more: Partial<SyntheticCube> = {}): SyntheticCube => ({
  samples: 20,
  ...grid({ inlines: 6, crosslines: 5 }),
  ...more,
})
const read = (more: Partial<SyntheticCube>) => readSegyHeader(cubeReader(cube(more)))

describe('revisions', () => {
  it.each([
    [0, 0, '0.0'],
    [1, 0, '1.0'],
    [0, 1, '1.0'],
    [0, 0x10, '1.0'],
    [2, 0, '2.0'],
    [2, 1, '2.1'],
    [77, 3, '0.0'],
  ])('bytes %i %i are revision %s', async (major, minor, revision) => {
    for (const little of [false, true])
      expect(
        await read({
          little,
          binary: [
            [3501, 8, major],
            [3502, 8, minor],
          ],
        }),
      ).toMatchObject({ revision, byteOrder: little ? 'little-endian' : 'big-endian', inlines: { count: 6 } })
  })

  it('takes the wide fields of revision 2, and of older files only where the narrow ones are empty', async () => {
    const wide = [
      [3269, 32, 20],
      [3273, 'f64', 1500.5],
    ] as const
    expect(await read({ binary: [[3501, 8, 2], [3221, 16, 7], [3217, 16, 0], ...wide] })).toMatchObject({
      sampleCount: 20,
      sampleInterval: 1500.5,
    })
    expect(await read({ binary: [[3221, 16, 0], ...wide] })).toMatchObject({ sampleCount: 20, sampleInterval: 4000 })
    expect(await read({ binary: [[3269, 32, 12_345]] })).toMatchObject({ sampleCount: 20 })
  })

  it('reads an interval that file and trace contradict as unknown', async () => {
    expect((await read({ header: [[117, 16, 2000]] })).sampleInterval).toBeUndefined()
    expect((await read({ header: [[117, 16, 2000]], binary: [[3217, 16, -1]] })).sampleInterval).toBe(2000)
  })

  it('takes the sample count of the first trace where the file gives none', async () => {
    expect(await read({ binary: [[3221, 16, 0]] })).toMatchObject({ sampleCount: 20, traceCount: 30 })
  })

  it('takes the sample count of the first trace where only that divides the file', async () => {
    const header = await read({ binary: [[3221, 16, 23]] })
    expect(header).toMatchObject({ sampleCount: 20, traceCount: 30, regular: true })
  })

  it('counts extra trace headers in both widths, and prefers extension 1 where it is not zero', async () => {
    const name = [...'SEG00001'].map((character, index) => [473 + index, 8, character.charCodeAt(0)] as const)
    const extension = [...name, [401, 'f64', 61.25], [409, 'f64', 62.5]] as const
    for (const binary of [
      [
        [3501, 8, 2],
        [3507, 32, 1],
      ],
      [
        [3501, 8, 2],
        [3507, 16, 1],
      ],
      [
        [3501, 8, 2],
        [3502, 8, 1],
        [3507, 16, 1],
        [3509, 16, 3],
      ],
    ] as const)
      expect(await read({ binary: [...binary], extraHeaders: 1, header: [...extension] })).toMatchObject({
        traceSize: 560,
        traceCount: 30,
        footprint: 'POINT (61.25 62.5)',
      })
  })

  it('leaves trailer records out, whether they are counted or not', async () => {
    const trailer = '((og: notes))'.padEnd(6400)
    for (const count of [2, -1])
      expect(
        await read({
          trailer,
          binary: [
            [3501, 8, 2],
            [3529, 32, count],
          ],
        }),
      ).toMatchObject({ traceCount: 30, exact: true })
    const counted = await read({
      trailer: 'x'.repeat(500),
      binary: [
        [3501, 8, 2],
        [3529, 32, -1],
        [3513, 64, 30],
      ],
    })
    expect(counted.traceCount).toBe(30)
  })

  it('starts at the first trace offset of revision 2', async () => {
    const header = await read({
      extended: ['filler', 'filler'],
      binary: [
        [3501, 8, 2],
        [3505, 16, 0],
        [3521, 64, 10_000],
      ],
    })
    expect(header).toMatchObject({ firstTraceOffset: 10_000, traceCount: 30, inlines: { count: 6 } })
  })

  it('skips extended text up to its end stanza', async () => {
    const extended = [...Array.from({ length: 40 }, (_, index) => `((og: part ${index}))`), '((SEG: EndText))']
    expect(await read({ extended, binary: [[3505, 16, -1]] })).toMatchObject({
      firstTraceOffset: 3600 + 41 * 3200,
      traceCount: 30,
    })
  })

  it('takes a count of extended headers in an old file for noise where the file fits without', async () => {
    const noise = await read({
      binary: [
        [3501, 8, 0],
        [3505, 16, 1234],
      ],
    })
    expect(noise).toMatchObject({ revision: '0.0', firstTraceOffset: 3600, traceCount: 30 })
  })

  it('follows traces of differing length', async () => {
    const pieces: Uint8Array[] = []
    const lengths = [20, 35, 20, 10]
    for (const [index, samples] of lengths.entries()) {
      const one = cubeReader({ samples, traceCount: 1, trace: () => ({ inline: 1, crossline: index + 1 }) })
      const bytes = (await one.read(0, one.size)).slice()
      pieces.push(index === 0 ? bytes : bytes.subarray(3600))
    }
    const header = await readSegyHeader(bytesReader(Buffer.concat(pieces)))
    expect(header).toMatchObject({ traceCount: 4, exact: true, regular: false, crosslines: { first: 1, last: 4 } })
    expect(header.traceSize).toBeUndefined()
  })
})

describe('text', () => {
  it('tells EBCDIC from ASCII by its letters, not by its first byte', () => {
    const ebcdic = Uint8Array.from([0, 0x20, 0x40, 0xc3, 0x40, 0xf1, 0x40, 0xd4, 0xc1, 0xd7])
    expect(textEncoding(ebcdic)).toBe('EBCDIC')
    expect(decodeText(ebcdic)).toBe('   C 1 MAP')
    const ascii = new TextEncoder().encode('\0\0 C 1 MAP\r\nC 2')
    expect(textEncoding(ascii)).toBe('ASCII')
    expect(decodeText(ascii)).toBe('   C 1 MAP  C 2')
  })

  it.each([
    ['CRS: ED50-UTM31', 23_031],
    ['CRS: EPSG:28992', 28_992],
    ['COORDINATE SYSTEM: WGS 84 / UTM zone 22S', 32_722],
    ['Datum: ETRS89  Projection: UTM Zone 32N', 25_832],
    ['UTM ZONE 15N NAD27', 26_715],
    ['SIRGAS 2000 / UTM zone 23S', 31_983],
    ['SIRGAS 2000 / UTM zone 18N', 31_972],
    ['GDA94 MGA ZONE 50', 28_350],
    ['WGS84, ED50, UTM zone 31N', undefined],
    ['WGS84 DATUM', undefined],
    ['PROCESSED IN 1984', undefined],
  ])('%s', async (line, code) => {
    const header = await read({ lines: ['OG SURVEY', line] })
    expect(header.crs).toBe(code === undefined ? undefined : `http://www.opengis.net/def/crs/EPSG/0/${code}`)
  })
})

describe('the format', () => {
  const format = segyFormat()
  const request = { predicates: new Set(format.predicates), signal: new AbortController().signal }

  it('recognises files by name or content', async () => {
    const head = (await cubeReader(cube({ lines: ['OG'] })).read(0, 4000)).slice()
    expect(format.recognises('a/b.SGY', new Uint8Array(0))).toBe(true)
    expect(format.recognises('a/b.segy', head)).toBe(true)
    expect(format.recognises('a/b', head)).toBe(true)
    expect(format.recognises('a/b', head.subarray(0, 3000))).toBe(false)
    expect(format.recognises('a/b.sgy', Uint8Array.from([0x89, 0x48, 0x44, 0x46]))).toBe(false)
    expect(format.recognises('a/b.txt', new Uint8Array(8000).fill(0x41))).toBe(false)
  })

  it('puts the reference system before the outline only where the two agree', async () => {
    const outline = async (crs: string, units: number, x: number, y: number) => {
      const file = cubeReader({
        samples: 10,
        traceCount: 1,
        trace: () => ({ inline: 1, crossline: 2, x, y }),
        lines: [`CRS: EPSG:${crs}`],
        header: [[89, 16, units]],
      })
      const quads = await format.triples(file, { reference: iri('urn:r'), object: 'urn:o' }, request)
      return quads.find(({ predicate }) => predicate.value.endsWith('#footprint'))?.object.value
    }
    const epsg = 'http://www.opengis.net/def/crs/EPSG/0'
    expect(await outline('23031', 1, 600_000, 6_000_000)).toBe(`<${epsg}/23031> POINT (600000 6000000)`)
    expect(await outline('4230', 3, -2, 58)).toBe(`<${epsg}/4230> POINT (58 -2)`)
    expect(await outline('23031', 3, 2, 58)).toBe('POINT (2 58)')
    expect(await outline('4230', 1, 600_000, 6_000_000)).toBe('POINT (600000 6000000)')
  })

  it('gives the header as triples of the reference', async () => {
    const reference = iri('urn:reference')
    const quads = await format.triples(
      cubeReader(cube({ lines: ['CRS: ED50-UTM31'], header: [[71, 16, -10]] })),
      { reference, object: 'urn:object' },
      request,
    )
    const values = Object.fromEntries(quads.map((quad) => [quad.predicate.value.split('#')[1], quad.object]))
    expect(values['inlineCount']).toMatchObject({
      value: '6',
      datatype: { value: 'http://www.w3.org/2001/XMLSchema#integer' },
    })
    expect(values['exact']).toMatchObject({
      value: 'true',
      datatype: { value: 'http://www.w3.org/2001/XMLSchema#boolean' },
    })
    expect(values['crs']).toMatchObject({ termType: 'NamedNode', value: 'http://www.opengis.net/def/crs/EPSG/0/23031' })
    expect(values['footprint']?.value).toMatch(/^<http:\/\/www\.opengis\.net\/def\/crs\/EPSG\/0\/23031> POLYGON \(\(/)
    expect(Object.keys(values).sort()).toEqual(format.predicates.map((predicate) => predicate.split('#')[1]).sort())
    expect(quads.every((quad) => quad.subject.equals(reference))).toBe(true)
  })
})
