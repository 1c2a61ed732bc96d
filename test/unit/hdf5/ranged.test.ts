import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hdf5Format } from '../../../connectors/formats/hdf5/index.ts'
import { bytesReader, fileReader, headerOf, nodeOf, paths, term, values } from './fixtures.ts'
import { writeFile, writeScattered } from './generate.ts'

let folder: string
const format = hdf5Format()
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hdf5-'))
  await writeScattered(join(folder, 'large.h5'))
})
afterAll(async () => {
  await format[Symbol.asyncDispose]?.()
  await rm(folder, { recursive: true })
})

describe('a file of 200 MB and 300 groups', () => {
  test('one named path takes few reads', async () => {
    await using reader = await fileReader(join(folder, 'large.h5'))
    expect(reader.size).toBeGreaterThan(200e6)
    const quads = await headerOf(format, reader, { paths: ['/epoch217/layer5'] })
    const node = nodeOf('/epoch217/layer5')
    expect(paths(quads)).toEqual(['/epoch217/layer5'])
    expect(values(quads, node, 'shape')[0]?.value).toBe('[210, 100]')
    expect(values(quads, `${node}/attribute/norm`, 'value')[0]?.value).toBe('2.5E0')
    expect(reader.requests).toBeLessThanOrEqual(12)
    expect(reader.bytes).toBeLessThanOrEqual(256_000)
  })

  test('the whole header takes what it takes, and no data', async () => {
    await using reader = await fileReader(join(folder, 'large.h5'))
    const quads = await headerOf(format, reader)
    expect(paths(quads)).toHaveLength(1 + 300 + 2400)
    expect(reader.requests).toBeLessThanOrEqual(1000)
    expect(reader.bytes).toBeLessThanOrEqual(20e6)
  })

  test('limits are errors that say which', async () => {
    await using reader = await fileReader(join(folder, 'large.h5'))
    const limited = async (limits: object) => {
      await using small = {
        format: hdf5Format({ limits }),
        [Symbol.asyncDispose]: () => small.format[Symbol.asyncDispose]!(),
      }
      return await headerOf(small.format, reader).catch((error: unknown) => error)
    }
    expect(await limited({ requests: 20 })).toMatchObject({
      code: 'too-large',
      message: expect.stringContaining('20 reads'),
    })
    expect(reader.requests).toBeLessThanOrEqual(20)
    expect(await limited({ bytes: 100_000 })).toMatchObject({
      code: 'too-large',
      message: expect.stringContaining('100000 bytes'),
    })
    expect(await limited({ nodes: 200 })).toMatchObject({ code: 'too-large', message: expect.stringContaining('200') })
    expect(await limited({ answerBytes: 5_000 })).toMatchObject({ code: 'too-large' })
    expect(await limited({ milliseconds: 1 })).toMatchObject({ code: 'store-timeout' })
  })
})

describe('what is asked', () => {
  const write = async (fill: Parameters<typeof writeFile>[1]) => {
    const path = join(folder, 'small.h5')
    await writeFile(path, fill)
    return bytesReader(await readFile(path))
  }

  test('paths as the listing writes them, and no others', async () => {
    const reader = await write((root) => root.create_group('a').create_group('b'))
    const named = async (...asked: string[]) => paths(await headerOf(format, reader, { paths: asked }))
    expect(await named('/a/b')).toEqual(['/a/b'])
    expect(await named('/', '/a', '/a')).toEqual(['/', '/a'])
    expect(await named('a/b', '//a', '/a/', '/a/./b', './a', '', '/a\0b', '/c', '/a/b/c')).toEqual([])
  })

  test('only the asked predicates', async () => {
    const reader = await write((root) => {
      root.create_attribute('answer', 42)
      root.create_dataset({ name: 'd', data: new Float32Array(6), shape: [2, 3] })
    })
    const quads = await headerOf(format, reader, { predicates: [term('shape'), term('index')] })
    expect(quads.map(({ predicate, object }) => [predicate.value, object.value])).toEqual([
      [term('shape'), '[2, 3]'],
      [term('index'), '0'],
      [term('index'), '1'],
    ])
  })

  test('links: followed once round, and never out of the file', async () => {
    const reader = await write((root) => {
      const group = root.create_group('a')
      group.create_dataset({ name: 'd', data: new Float32Array(1) })
      root.create_hard_link('/a', 'hard')
      root.create_soft_link('/a/d', 'soft')
      root.create_soft_link('/nowhere', 'dangling')
      root.create_external_link('/etc/passwd', '/d', 'external')
      group.create_hard_link('/', 'up')
      group.create_soft_link('/a', 'again')
    })
    const all = paths(await headerOf(format, reader))
    expect(all).toEqual(['/', '/a', '/a/d', '/hard', '/hard/d', '/soft'])
    const asked = [...all, '/dangling', '/external', '/a/up', '/a/up/a', '/a/again', '/a/again/d']
    expect(paths(await headerOf(format, reader, { paths: asked }))).toEqual(all)
  })

  test('values over the limit are left out, with a warning', async () => {
    const reader = await write((root) => {
      root.create_attribute('long', new Float64Array(100))
      root.create_attribute('text', 'x'.repeat(500))
      root.create_attribute('short', 'x')
    })
    const limited = hdf5Format({ limits: { attributeBytes: 100 } })
    const warnings: string[] = []
    const quads = await headerOf(limited, reader, { warn: (message) => warnings.push(message) })
    const held = (name: string) => values(quads, `${nodeOf('/')}/attribute/${name}`, 'value').map(({ value }) => value)
    expect(values(quads, nodeOf('/'), 'attribute')).toHaveLength(3)
    expect([held('long'), held('text'), held('short')]).toEqual([[], [], ['x']])
    expect(warnings).toHaveLength(2)
    await limited[Symbol.asyncDispose]?.()
    const few = hdf5Format({ limits: { attributes: 2 } })
    expect(
      values(await headerOf(few, reader, { warn: (message) => warnings.push(message) }), nodeOf('/'), 'attribute'),
    ).toHaveLength(2)
    expect(warnings[2]).toContain('1 attributes are left out')
    await few[Symbol.asyncDispose]?.()
  })

  test('groups nested too deeply', async () => {
    const reader = await write((root) => {
      let group = root
      for (let i = 0; i < 70; i++) group = group.create_group('g')
    })
    await expect(headerOf(format, reader)).rejects.toMatchObject({
      code: 'too-large',
      message: expect.stringContaining('deep'),
    })
    expect(paths(await headerOf(format, reader, { paths: ['/g/g'] }))).toEqual(['/g/g'])
  })
})
