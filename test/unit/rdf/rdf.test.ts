import { mkdir, mkdtemp, rm, unlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Connector } from '../../../connectors/connector.ts'
import { expandGlob } from '../../../connectors/rdf/glob.ts'
import { openRdf } from '../../../connectors/rdf/index.ts'
import type { Pattern } from '../../../planner/algebra.ts'
import { defaultGraph, termKey, variable } from '../../../planner/term.ts'
import { createTermTable } from '../../../src/engine/term-table.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polyprov-rdf-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function put(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
  return path
}

const open = (files: unknown) => openRdf({ id: 'notes', type: 'rdf', files }, { base: 'urn:base:', folder })

const everything: Pattern = {
  kind: 'pattern',
  subject: variable('s'),
  predicate: variable('p'),
  object: variable('o'),
  graph: defaultGraph,
}

async function triples(store: Connector, pattern: Pattern = everything): Promise<string[]> {
  const dictionary = createTermTable()
  const found: string[] = []
  const meter = { request() {}, bytes() {}, warn() {} }
  for await (const batch of store.scan({ pattern, dictionary, meter, signal: new AbortController().signal })) {
    if (!('columns' in batch)) throw new Error('terms instead of ids')
    for (let row = 0; row < batch.length; row++)
      found.push(batch.columns.map((column) => termKey(dictionary.decode(column[row]!))).join(' '))
  }
  return found.sort()
}

const string = 'http://www.w3.org/2001/XMLSchema#string'

describe('RDF files', () => {
  it('are read in every format', async () => {
    await put('a.ttl', '@prefix : <urn:> . :a :p "x"@EN , 1 .')
    await put('b.nt', '<urn:b> <urn:p> "y" .')
    await put('c.nq', '<urn:c> <urn:p> <urn:x> <urn:g> .\n<urn:c> <urn:p> <urn:y> .')
    await put('d.trig', '<urn:g> { <urn:d> <urn:p> <urn:x> } <urn:d> <urn:p> <urn:y> .')
    await put('e.jsonld', '{ "@id": "urn:e", "urn:p": [{ "@value": 2 }, "é"], "urn:q": { "@id": "other" } }')
    const store = await open('*.*')
    expect(await triples(store)).toEqual(
      [
        '<urn:a <urn:p "x"@en',
        '<urn:a <urn:p "1"http://www.w3.org/2001/XMLSchema#integer',
        `<urn:b <urn:p "y"${string}`,
        '<urn:c <urn:p <urn:y',
        '<urn:d <urn:p <urn:y',
        '<urn:e <urn:p "2"http://www.w3.org/2001/XMLSchema#integer',
        `<urn:e <urn:p "é"${string}`,
        `<urn:e <urn:q <file://${folder}/other`,
      ].sort(),
    )
    const named = await triples(store, { ...everything, graph: variable('g') })
    expect(named).toEqual(['<urn:c <urn:p <urn:x <urn:g', '<urn:d <urn:p <urn:x <urn:g'])
    expect(store.description).toMatchObject({ triples: 10, namedGraphs: true })
  })

  it('keep the blank nodes of documents apart, with labels and without', async () => {
    await put('a.ttl', '_:x <urn:p> 1 . [] <urn:p> 2 . _:n3-0 <urn:p> 3 .')
    await put('b.ttl', '_:x <urn:p> 1 . [] <urn:p> 2 . _:n3-1 <urn:p> 3 .')
    await put('c.jsonld', '[{ "@id": "_:x", "urn:p": { "@value": 1 } }, { "@id": "_:b0", "urn:p": { "@value": 2 } }]')
    const rows = await triples(await open('*'))
    const labels = new Set(rows.map((row) => row.split(' ')[0]))
    expect(rows).toHaveLength(8)
    expect(labels.size).toBe(8)
    expect([...labels].every((label) => label!.startsWith('_notes.'))).toBe(true)
  })

  it('tell where they do not parse', async () => {
    const path = await put('bad.ttl', '<urn:a> <urn:p> 1 .\n<urn:a> <urn:p> .\n')
    await expect(open('bad.ttl')).rejects.toMatchObject({
      code: 'malformed-object',
      details: { store: 'notes', locator: path, line: 2 },
      message: expect.stringContaining('line 2'),
    })
    await put('bad.json', '{\n "a": 1,\n "b": }')
    await expect(open('bad.json')).rejects.toMatchObject({ code: 'malformed-object', details: { line: 3 } })
    await put('remote.jsonld', '{ "@context": "https://example.org/context", "a": 1 }')
    await expect(open('remote.jsonld')).rejects.toThrow(/remote context https:\/\/example.org\/context/)
    await put('a.txt', '')
    await expect(open('a.txt')).rejects.toMatchObject({ code: 'configuration' })
    await expect(open('absent.ttl')).rejects.toMatchObject({ code: 'missing-object' })
    await expect(open([])).rejects.toMatchObject({ code: 'configuration' })
  })

  it('are read again where they changed, once a query', async () => {
    const path = await put('a.ttl', '<urn:a> <urn:p> 1 .')
    const store = await open('./*.ttl')
    expect(await triples(store)).toHaveLength(1)
    await put('a.ttl', '<urn:a> <urn:p> 2, 3 .')
    expect(await triples(store)).toHaveLength(2)
    await utimes(path, new Date(), new Date(Date.now() + 5000))
    await put('b.ttl', '<urn:b> <urn:p> 4 .')
    expect(await triples(store)).toHaveLength(3)
    expect(store.description.triples).toBe(3)
    await put('b.ttl', '<urn:b> <urn:p> 4 ')
    await expect(triples(store)).rejects.toMatchObject({ code: 'malformed-object' })
    await put('b.ttl', '<urn:b> <urn:p> 4 .')
    expect(await triples(store)).toHaveLength(3)
  })

  it('that are gone are an error, until the store is refreshed', async () => {
    await put('a.ttl', '<urn:a> <urn:p> 1 .')
    const path = await put('b.ttl', '<urn:b> <urn:p> 1 .')
    const store = await open('*.ttl')
    await unlink(path)
    await expect(triples(store)).rejects.toMatchObject({
      code: 'missing-object',
      details: { store: 'notes', locator: path },
    })
    await store.describe(new AbortController().signal)
    expect(await triples(store)).toHaveLength(1)
  })
})

describe('patterns of paths', () => {
  it('match names, folders, and folders of any depth', async () => {
    for (const name of [
      'a.ttl',
      'b.nt',
      '.hidden.ttl',
      'x/a.ttl',
      'x/y/a1.ttl',
      'x/y/z/a.ttl',
      '.x/a.ttl',
      'x+(1)/a.ttl',
    ])
      await put(name, '')
    const names = async (pattern: string) =>
      (await expandGlob(pattern, folder)).map((path) => path.slice(folder.length + 1))
    expect(await names('*.ttl')).toEqual(['a.ttl'])
    expect(await names('./**/*.ttl')).toEqual(['a.ttl', 'x+(1)/a.ttl', 'x/a.ttl', 'x/y/a1.ttl', 'x/y/z/a.ttl'])
    expect(await names('x/*/a?.ttl')).toEqual(['x/y/a1.ttl'])
    expect(await names('x/**/z/*')).toEqual(['x/y/z/a.ttl'])
    expect(await names('x+(1)/*')).toEqual(['x+(1)/a.ttl'])
    expect(await names(`${folder}/?.nt`)).toEqual(['b.nt'])
    expect(await names('nowhere/*')).toEqual([])
  })
})
