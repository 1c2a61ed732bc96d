import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { hdf5Format } from '../../../connectors/formats/hdf5/index.ts'
import { XSD } from '../../../planner/namespaces.ts'
import type { Quad, Term } from '../../../planner/term.ts'
import { bytesReader, headerOf, nodeOf, paths, referenceFolder, values } from './fixtures.ts'

interface ExpectedObject {
  readonly attributes: Record<string, { readonly type: string; readonly value?: unknown }>
  readonly shape?: readonly number[] | null
  readonly type?: string
  readonly chunks?: readonly number[] | null
  readonly compression?: string | null
}

/** Written by expected.py; varieties.h5, which stands beside it, by varieties.py. */
const expected: Record<string, Record<string, ExpectedObject>> = JSON.parse(
  readFileSync(new URL('./expected.json', import.meta.url), 'utf8'),
)
const folder = referenceFolder()
const here = fileURLToPath(new URL('.', import.meta.url))
const pathOf = (file: string): string => join(file === 'varieties.h5' ? here : (folder ?? here), file)
const files = Object.keys(expected).filter((file) => folder !== undefined || file === 'varieties.h5')
const format = hdf5Format()
afterAll(() => format[Symbol.asyncDispose]?.())

/** The datatype of a scalar by NumPy's name of its type. */
function datatypeOf(type: string): string {
  if (type === '|b1') return `${XSD}boolean`
  if (/^.[iu]/.test(type)) return `${XSD}integer`
  return /f[24]$/.test(type) ? `${XSD}float` : type.endsWith('f8') ? `${XSD}double` : `${XSD}string`
}

/** A literal as the JSON that h5py's values were written as. */
function plain(term: Term | undefined): unknown {
  if (term?.termType !== 'Literal') return undefined
  if (/(?:float|double)$/.test(term.datatype.value)) return term.value.endsWith('INF') ? term.value : Number(term.value)
  if (term.datatype.value === `${XSD}boolean`) return term.value === 'true'
  if (term.datatype.value === `${XSD}integer`) {
    return Number.isSafeInteger(Number(term.value)) ? Number(term.value) : term.value
  }
  return /^[[{]/.test(term.value) ? JSON.parse(term.value.replaceAll(/\([^)]*j\)/g, '"$&"')) : term.value
}

function attributesOf(quads: readonly Quad[], node: string): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  for (const attribute of values(quads, node, 'attribute')) {
    const [name] = values(quads, attribute.value, 'name')
    found[name!.value] = plain(values(quads, attribute.value, 'value')[0])
    expect(attribute.value).toBe(`${node}/attribute/${encodeURIComponent(name!.value)}`)
  }
  return found
}

const text = (quads: readonly Quad[], node: string, name: string): string | undefined =>
  values(quads, node, name)[0]?.value

describe('every file is what h5py says', () => {
  test.each(files)('%s', async (file) => {
    const objects = expected[file]!
    const quads = await headerOf(format, bytesReader(await readFile(pathOf(file))))
    expect(paths(quads).sort()).toEqual(Object.keys(objects).sort())
    for (const [path, object] of Object.entries(objects)) {
      const node = nodeOf(path)
      expect(attributesOf(quads, node), path).toEqual(
        Object.fromEntries(Object.entries(object.attributes).map(([name, { value }]) => [name, value])),
      )
      expect(text(quads, node, 'type'), path).toBe(object.type)
      expect(text(quads, node, 'compression') ?? null, path).toBe(object.compression ?? null)
      expect(text(quads, node, 'chunks'), path).toBe(object.chunks ? `[${object.chunks.join(', ')}]` : undefined)
      expect(text(quads, node, 'shape'), path).toBe(object.shape ? `[${object.shape.join(', ')}]` : undefined)
      expect(text(quads, node, 'rank'), path).toBe(object.shape ? `${object.shape.length}` : undefined)
      const dimensions = values(quads, node, 'dimension').map(({ value }) => [
        text(quads, value, 'index'),
        text(quads, value, 'size'),
      ])
      expect(dimensions).toEqual((object.shape ?? []).map((size, index) => [`${index}`, `${size}`]))
    }
  })

  test.each(files)('%s: datatypes of scalars, and the same answer by named path', async (file) => {
    const objects = expected[file]!
    const bytes = await readFile(pathOf(file))
    const all = await headerOf(format, bytesReader(bytes))
    for (const [path, object] of Object.entries(objects)) {
      for (const [name, { type, value }] of Object.entries(object.attributes)) {
        if (value === undefined) continue
        const [literal] = values(all, `${nodeOf(path)}/attribute/${encodeURIComponent(name)}`, 'value')
        const datatype = typeof value === 'object' ? `${XSD}string` : datatypeOf(type)
        expect(literal?.termType === 'Literal' && literal.datatype.value, name).toBe(datatype)
      }
    }
    const named = await headerOf(format, bytesReader(bytes), { paths: Object.keys(objects) })
    const key = (quad: Quad) => JSON.stringify([quad.subject.value, quad.predicate.value, quad.object.value])
    expect(named.map(key).sort()).toEqual(all.map(key).sort())
  })

  test('NetCDF4 is told from HDF5', async () => {
    for (const file of files) {
      const head = (await readFile(pathOf(file))).subarray(0, 65_536)
      expect(format.recognises(file, head)).toBe(true)
      expect(format.nameOf?.(file, head)).toBe(file.endsWith('.nc') ? 'NetCDF4' : 'HDF5')
      expect(format.nameOf?.('without-extension', head)).toBe(file.endsWith('.nc') ? 'NetCDF4' : 'HDF5')
    }
  })
})

describe.skipIf(folder === undefined)('metrics of training runs, as NetCDF4', () => {
  const runs = join(folder ?? '', '../yprov4ml')
  const metrics = folder && existsSync(runs) ? readdirSync(runs, { recursive: true, encoding: 'utf8' }) : []

  test('every file: dimensions and units of its variables', async () => {
    for (const file of metrics.filter((name) => name.endsWith('.nc'))) {
      const bytes = await readFile(join(runs, file))
      expect(format.recognises(file, bytes)).toBe(true)
      expect(format.nameOf?.('without-extension', bytes.subarray(0, 65_536)), file).toBe('NetCDF4')
      const quads = await headerOf(format, bytesReader(bytes))
      expect(values(quads, `${nodeOf('/')}/attribute/_NCProperties`, 'value')[0]?.value).toMatch(/^version=2,/)
      const ranks = paths(quads).filter((path) => text(quads, nodeOf(path), 'rank') === '1')
      expect(ranks.length, file).toBeGreaterThan(0)
    }
  })
})
