import { describe, expect, it } from 'vitest'
import { parseDocument, parseFile } from '../../../connectors/documents/parse.ts'
import { answer, pattern, store, texts } from './harness.ts'

const MAPPING = (collection: string) => `
prefixes: { ex: "http://ex/" }
mappings:
  thing: { sources: [${collection}], s: ex:$(_id), po: [[ex:name, $(name)], [ex:inner, $(properties.name)]] }
`
const named = async (files: Readonly<Record<string, string>>, collection: string) => {
  await using at = await store(files, MAPPING(collection))
  return texts(await answer(at.connector, pattern('s', 'p', 'o'))).map((text) =>
    text.replaceAll('http://ex/', '').replaceAll('http://www.w3.org/2001/XMLSchema#', ''),
  )
}

describe('a collection', () => {
  it('is the lines of an NDJSON file, empty ones left out', async () => {
    const text = '\uFEFF{"_id":"a","name":"A"}\r\n\r\n{"_id":{"$oid":"5f"},"name":"B"}\n{"name":"C"}\n'
    expect(await named({ 'things.ndjson': text }, 'things')).toEqual([
      'o="A"string p=<name s=<a',
      'o="B"string p=<name s=<5f',
      'o="C"string p=<name s=<2',
    ])
  })

  it('is the features of a GeoJSON collection, by their ids', async () => {
    const feature = (id: unknown, name: string) => ({ type: 'Feature', id, properties: { name }, geometry: null })
    const text = JSON.stringify({ type: 'FeatureCollection', features: [feature('f', 'F'), feature(undefined, 'G')] })
    expect(await named({ 'things.geojson': text }, 'things')).toEqual([
      'o="F"string p=<inner s=<f',
      'o="G"string p=<inner s=<1',
    ])
  })

  it('is the documents of a subfolder, by the names of their files', async () => {
    const files = {
      'things/one.json': '{"name":"A"}',
      'things/two.json': '{"_id":"2","name":"B"}',
      'things/.hidden.json': 'x',
    }
    expect(await named(files, 'things')).toEqual(['o="A"string p=<name s=<one', 'o="B"string p=<name s=<2'])
  })

  it.each([
    [{ 'things.ndjson': '{"name":"A"}\n{"name":\n' }, 'malformed-object', 'things.ndjson, line 2:'],
    [{ 'things.json': '[{"_id":true}]' }, 'malformed-object', 'things.json, line 1: the _id'],
    [{ 'things.json': '[1]' }, 'malformed-object', 'a document has to be a JSON object'],
    [{ 'things.json': '[]', 'things/a.json': '{}' }, 'store-failed', "are both the collection 'things'"],
    [{ 'others.json': '[]' }, 'store-failed', "holds no collection 'things'; it holds others"],
  ])('says what is wrong with %j', async (files, code, message) => {
    await expect(named(files as unknown as Record<string, string>, 'things')).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
      details: { store: 'documents' },
    })
  })
})

describe('a JSON text that does not parse', () => {
  const origin = { store: 's', file: 'f.json' }
  it.each([
    ['', 1],
    ['\n\n{"a" 1}', 3],
    ['{"a": 1,\n}', 2],
    ['[1,\n2\n3]', 3],
    ['[1]\n\nx', 3],
    ['{"a": "b\n"}', 1],
    ['{"a": [1, 2\n}', 2],
    ['[\n[\n"\\x"]]', 3],
    ['{\n1: 2}', 2],
  ])('is wrong in line: %j', (text, line) => {
    expect(() => parseDocument(text, origin)).toThrowError(
      expect.objectContaining({ details: expect.objectContaining({ line }) }),
    )
  })

  it('has one object, an array, or features', () => {
    expect(parseFile('{"a":1}', origin)).toEqual([{ value: { a: 1 }, line: 1 }])
    expect(parseFile('[1,2]', origin).map(({ value }) => value)).toEqual([1, 2])
  })
})
