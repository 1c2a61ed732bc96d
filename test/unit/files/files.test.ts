import { mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { batchBuilder } from '../../../connectors/batch.ts'
import { objectIri, storeIri } from '../../../connectors/connector.ts'
import type { ObjectFormat } from '../../../connectors/formats/format.ts'
import { segyFormat } from '../../../connectors/formats/segy/index.ts'
import files from '../../../connectors/objects/files/index.ts'
import { HDF5, PL, SEGY } from '../../../planner/namespaces.ts'
import { iri, literal, quad, variable } from '../../../planner/term.ts'
import { BASE, open, pattern, query, resolveAll, scanAll, segyBytes, temporaryFolder, write } from './support.ts'

let folder: string
beforeEach(async () => {
  folder = await temporaryFolder()
  await write(folder, 'a.sgy', await segyBytes(3, 4))
  await write(folder, 'north/b c.sgy', await segyBytes(5, 2))
  await write(folder, 'notes.txt', 'nothing of interest')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const object = (locator: string) => objectIri(BASE, 'seismic', locator)
const inlines = pattern('?ref', `${SEGY}inlineCount`, '?n')

describe('definition', () => {
  it('names what is wrong with it', () => {
    const context = { base: BASE, folder: '/' }
    expect(() => files({ id: 'x', type: 'files' }, context)).toThrow(/Store 'x' of type files: path/)
    expect(() => files({ id: 'x', type: 'files', path: 'a', bucket: 'b' }, context)).toThrow(/bucket/)
  })

  it('describes header terms and object terms as those of references', async () => {
    const connector = files({ id: 'seismic', type: 'files', path: '.' }, { base: BASE, folder })
    const { predicates, referencePredicates } = await connector.describe(new AbortController().signal)
    const terms = referencePredicates!.map((each) => each.iri)
    expect(predicates).toEqual([])
    for (const term of ['sizeBytes', 'etag', 'modified', 'format', 'value', 'isStoredInStore'])
      expect(terms).toContain(PL + term)
    expect(terms).toContain(`${SEGY}footprint`)
    expect(terms).toContain(`${HDF5}path`)
    expect(connector.iri).toBe(storeIri(BASE, 'seismic'))
    await connector[Symbol.asyncDispose]!()
  })

  it('is ready where its folder can be read', async () => {
    const { signal } = new AbortController()
    await expect(open(folder).check!(signal)).resolves.toBeUndefined()
    await expect(open(join(folder, 'gone')).check!(signal)).rejects.toMatchObject({ code: 'store-failed' })
    await expect(open(join(folder, 'a.sgy')).check!(signal)).rejects.toMatchObject({ code: 'store-failed' })
  })
})

describe('resolve', () => {
  it('gives header terms to references, whatever their own names', async () => {
    const request = query()
    const found = await resolveAll(
      open(folder),
      ['a.sgy', 'north/b c.sgy'],
      [inlines, pattern('?ref', `${SEGY}crosslineCount`, '?m')],
      { request },
    )
    expect(found.map(({ rows }) => rows.map((row) => [row['n']!.value, row['m']!.value]))).toEqual([
      [['3', '4']],
      [['5', '2']],
    ])
    expect(Object.keys(found[0]!.rows[0]!).sort()).toEqual(['m', 'n'])
    expect(request.counted.requests).toBe(2)
    expect(request.counted.bytes).toBeGreaterThan(3600)
  })

  it('keeps only what agrees with constants', async () => {
    const three = { ...inlines, object: literal('3', iri('http://www.w3.org/2001/XMLSchema#integer')) }
    const found = await resolveAll(open(folder), ['a.sgy', 'north/b c.sgy'], [three])
    expect(found.map(({ rows }) => rows)).toEqual([[{}], []])
  })

  it('takes a constant reference', async () => {
    const reference = iri('urn:my-file')
    const asked = { ...inlines, subject: reference }
    const [found] = await resolveAll(open(folder), ['a.sgy'], [asked], { references: [reference], reference })
    expect(found!.rows).toEqual([{ n: expect.objectContaining({ value: '3' }) }])
  })

  it('answers object terms without reading the object', async () => {
    const request = query()
    const asked = ['sizeBytes', 'etag', 'modified', 'value', 'isStoredInStore'].map((name) =>
      pattern('?ref', PL + name, `?${name}`),
    )
    const [found] = await resolveAll(open(folder), ['a.sgy'], asked, { request })
    expect(found!.rows[0]).toMatchObject({
      sizeBytes: { value: String(3600 + 12 * 280) },
      modified: { datatype: { value: 'http://www.w3.org/2001/XMLSchema#dateTime' } },
      value: { value: 'a.sgy' },
      isStoredInStore: { value: storeIri(BASE, 'seismic') },
    })
    expect(request.counted).toMatchObject({ requests: 0, bytes: 0 })
  })

  it('names the format of an object', async () => {
    const found = await resolveAll(open(folder), ['a.sgy', 'notes.txt'], [pattern('?ref', `${PL}format`, '?f')])
    expect(found.map(({ rows, error }) => [rows.map((row) => row['f']!.value), error])).toEqual([
      [['SEG-Y'], undefined],
      [[], undefined],
    ])
  })

  it('has no rows for an object of no known format', async () => {
    expect(await resolveAll(open(folder), ['notes.txt'], [inlines])).toEqual([{ index: 0, rows: [] }])
  })

  it('names store and locator of what is missing or malformed', async () => {
    await write(folder, 'broken.sgy', 'this is no SEG-Y file')
    await mkdir(join(folder, 'dir.sgy'))
    const found = await resolveAll(open(folder), ['gone.sgy', 'broken.sgy', 'dir.sgy', 'a.sgy/b', 'a.sgy'], [inlines])
    expect(found.map(({ error }) => (error as { code?: string } | undefined)?.code)).toEqual([
      'missing-object',
      'malformed-object',
      'missing-object',
      'missing-object',
      undefined,
    ])
    expect(found[0]!.error).toMatchObject({ details: { store: 'seismic', locator: 'gone.sgy' } })
    expect(found[1]!.error).toMatchObject({
      details: { store: 'seismic', locator: 'broken.sgy' },
      message: expect.stringMatching(/'broken\.sgy' of the store 'seismic' is not a readable SEG-Y file/),
    })
  })

  it('refuses locators that lead out of the folder', async () => {
    await symlink('/etc', join(folder, 'etc'))
    await symlink('/etc/hostname', join(folder, 'host.sgy'))
    await symlink(join(folder, 'a.sgy'), join(folder, 'inside.sgy'))
    const locators = [
      '../a.sgy',
      'north/../../a.sgy',
      '/etc/passwd',
      'C:/a',
      'north\\b',
      'a\0.sgy',
      '',
      'etc/hostname',
      'host.sgy',
      '..',
    ]
    const found = await resolveAll(open(folder), locators, [pattern('?ref', `${PL}sizeBytes`, '?n')])
    for (const { index, rows, error } of found) {
      expect([locators[index], rows]).toEqual([locators[index], []])
      expect(error).toMatchObject({ code: 'forbidden', details: { store: 'seismic', locator: locators[index] } })
    }
    const [inside] = await resolveAll(open(folder), ['inside.sgy'], [inlines])
    expect(inside!.rows).toHaveLength(1)
  })

  it('reads an object again only when it has changed', async () => {
    const connector = open(folder)
    const ask = async () => {
      const request = query()
      const [found] = await resolveAll(connector, ['a.sgy'], [inlines], { request })
      return [found!.rows[0]!['n']!.value, request.counted.requests]
    }
    expect(await ask()).toEqual(['3', 1])
    expect(await ask()).toEqual(['3', 0])
    await writeFile(join(folder, 'a.sgy'), await segyBytes(7, 4))
    expect(await ask()).toEqual(['7', 1])
  })

  it('holds whole headers: another term needs no other read', async () => {
    const connector = open(folder)
    await resolveAll(connector, ['a.sgy'], [inlines])
    const request = query()
    const [found] = await resolveAll(connector, ['a.sgy'], [pattern('?ref', `${SEGY}sampleCount`, '?n')], { request })
    expect(found!.rows[0]!['n']!.value).toBe('10')
    expect(request.counted.requests).toBe(0)
  })

  it('sees one state of an object within a query', async () => {
    const connector = open(folder)
    const request = query()
    await resolveAll(connector, ['a.sgy'], [inlines], { request })
    await writeFile(join(folder, 'a.sgy'), await segyBytes(7, 4))
    const [found] = await resolveAll(connector, ['a.sgy'], [inlines], { request })
    expect(found!.rows[0]!['n']!.value).toBe('3')
  })

  it('notices an object that changes while it is read', async () => {
    const format: ObjectFormat = {
      ...segyFormat(),
      async triples(reader, _, { signal }) {
        await utimes(join(folder, 'a.sgy'), new Date(0), new Date(0))
        await reader.read(0, reader.size, signal)
        return []
      },
    }
    await write(folder, 'a.sgy', await segyBytes(20, 20))
    const [found] = await resolveAll(open(folder, [format]), ['a.sgy'], [inlines])
    expect(found!.error).toMatchObject({
      code: 'store-failed',
      message: expect.stringMatching(/changed while it was read/),
    })
  })

  it('asks a selective format for the named paths and terms only', async () => {
    const asked: unknown[] = []
    const format: ObjectFormat = {
      name: 'Nodes',
      predicates: [`${HDF5}object`, `${HDF5}path`, `${HDF5}shape`],
      recognises: () => true,
      nameOf: () => 'Nodes2',
      triples(_, about, { predicates, paths }) {
        asked.push([[...predicates].map((each) => each.slice(HDF5.length)).sort(), paths])
        const nodes = paths ?? ['/a', '/b']
        return Promise.resolve(
          nodes.flatMap((path) => {
            const node = iri(`${about.object}#${encodeURIComponent(path)}`)
            const owner = about.reference as typeof node
            return [quad(owner, iri(`${HDF5}object`), node), quad(node, iri(`${HDF5}path`), literal(path))]
          }),
        )
      },
    }
    const connector = open(folder, [format])
    const node = [pattern('?ref', `${HDF5}object`, '?node'), pattern('?node', `${HDF5}path`, '"/a"')]
    const [named] = await resolveAll(connector, ['a.sgy'], node)
    expect(named!.rows).toEqual([{ node: iri(`${object('a.sgy')}#%2Fa`) }])
    const [all] = await resolveAll(connector, ['a.sgy'], [...node, pattern('?ref', `${HDF5}object`, '?other')])
    expect(all!.rows).toHaveLength(2)
    await resolveAll(connector, ['a.sgy'], [pattern('?ref', `${HDF5}object`, '?x')])
    expect(asked).toEqual([
      [['object', 'path'], ['/a']],
      [['object', 'path'], undefined],
    ])
    const [format2] = await resolveAll(connector, ['a.sgy'], [pattern('?ref', `${PL}format`, '?f')])
    expect(format2!.rows[0]!['f']!.value).toBe('Nodes2')
  })

  it('ends when it is cancelled', async () => {
    const controller = new AbortController()
    controller.abort(new Error('enough'))
    await expect(resolveAll(open(folder), ['a.sgy'], [inlines], { request: query(controller.signal) })).rejects.toThrow(
      'enough',
    )
  })
})

describe('scan', () => {
  it('lists all objects under their object IRIs', async () => {
    const request = query()
    const rows = await scanAll(open(folder), pattern('?o', `${PL}value`, '?path'), request)
    expect(rows.map((row) => [row['o']!.value, row['path']!.value]).sort()).toEqual([
      [object('a.sgy'), 'a.sgy'],
      [object('north/b c.sgy'), 'north/b c.sgy'],
      [object('notes.txt'), 'notes.txt'],
    ])
    expect(request.counted).toMatchObject({ requests: 1, bytes: 0 })
  })

  it('gives header terms of all objects that have them', async () => {
    const request = query()
    const rows = await scanAll(open(folder), inlines, request)
    expect(rows.map((row) => [row['ref']!.value, row['n']!.value]).sort()).toEqual([
      [object('a.sgy'), '3'],
      [object('north/b c.sgy'), '5'],
    ])
    expect(request.counted.requests).toBe(4)
  })

  it('asks only for the objects that are named', async () => {
    const connector = open(folder)
    const request = query()
    const one = await scanAll(connector, pattern(object('a.sgy'), `${SEGY}inlineCount`, '?n'), request)
    expect(one.map((row) => row['n']!.value)).toEqual(['3'])
    expect(await scanAll(connector, pattern('?o', `${PL}value`, '"notes.txt"'), request)).toHaveLength(1)
    expect(await scanAll(connector, pattern('?o', `${PL}value`, '"../notes.txt"'), request)).toEqual([])
    expect(await scanAll(connector, pattern(object('../a.sgy'), `${PL}value`, '?v'), request)).toEqual([])
    expect(await scanAll(connector, pattern('urn:else', `${PL}value`, '?v'), request)).toEqual([])
    const builder = batchBuilder(['ref'])
    builder.add([request.dictionary.encode(iri(object('north/b c.sgy')))])
    builder.add([request.dictionary.encode(iri('urn:else'))])
    const bound = await scanAll(connector, inlines, request, builder.build())
    expect(bound.map((row) => row['n']!.value)).toEqual(['5'])
    expect(request.counted.requests).toBe(2)
  })

  it('answers in the default graph and in the graph that is the store', async () => {
    const connector = open(folder)
    const asked = (graph: Parameters<typeof pattern>[3]) => pattern('?o', `${PL}sizeBytes`, '?n', graph)
    expect(await scanAll(connector, asked(iri(storeIri(BASE, 'seismic'))))).toHaveLength(3)
    expect(await scanAll(connector, asked(iri('urn:other')))).toEqual([])
    expect(await scanAll(connector, asked(variable('g')))).toEqual([])
  })

  it('shows a variable predicate what a listing tells, headers aside', async () => {
    const connector = open(folder)
    await scanAll(connector, inlines)
    const rows = await scanAll(connector, pattern(object('a.sgy'), '?p', '?o'))
    expect(rows.map((row) => row['p']!.value.slice(PL.length)).sort()).toEqual([
      'etag',
      'format',
      'isStoredInStore',
      'modified',
      'sizeBytes',
      'value',
    ])
  })

  it('warns of a malformed object and lists the others', async () => {
    await write(folder, 'broken.sgy', 'this is no SEG-Y file')
    await symlink('/etc/hostname', join(folder, 'host.sgy'))
    const request = query()
    expect(await scanAll(open(folder), inlines, request)).toHaveLength(2)
    expect(request.counted.warnings).toEqual([expect.stringMatching(/broken\.sgy/)])
  })

  it('fails where the folder is gone', async () => {
    await expect(scanAll(open(join(folder, 'gone')), inlines)).rejects.toMatchObject({ code: 'store-failed' })
  })

  it('reads many objects, some at a time', async () => {
    const bytes = await segyBytes(2, 2)
    await Promise.all(Array.from({ length: 300 }, (_, index) => write(folder, `many/${index}.sgy`, bytes)))
    expect(await scanAll(open(folder), inlines)).toHaveLength(302)
  })
})
