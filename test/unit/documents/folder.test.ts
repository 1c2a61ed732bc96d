import { symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseDocument, parseFile } from '../../../connectors/documents/parse.ts'
import { sharedWork } from '../../../connectors/documents/shared-work.ts'
import { XSD } from '../../../planner/namespaces.ts'
import { iri, literal } from '../../../planner/term.ts'
import { answer, keys, pattern, request, store, texts } from './harness.ts'

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

const origin = { store: 's', file: 'f.json' }
const never = new AbortController().signal

/** A text in pieces of so many characters. */
async function* chunks(text: string, size = 1_000_000): AsyncGenerator<string> {
  for (let start = 0; start < text.length; start += size) yield text.slice(start, start + size)
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
    ['[{"a": 1}\n]\n}', 3],
    ['[{"a": 1},\n\n]', 3],
    ['[{"a": 1},\n{"a": 2}}', 2],
    ['[\n{"a": 1}', 2],
    ['[\n,{}]', 2],
    ['{"type": "FeatureCollection",\n"features": [{}\n{}]}', 3],
    ['{"type": "FeatureCollection",\n"features": [{}] 1\n}', 2],
    ['{"type": "FeatureCollection",\n"features": [{}],\nx}', 3],
  ])('is wrong in line: %j', async (text, line) => {
    await expect(parseDocument(chunks(text), origin, never)).rejects.toMatchObject({
      code: 'malformed-object',
      details: { line },
    })
    await expect(parseFile(chunks(text, 3), origin, never)).rejects.toMatchObject({ details: { line } })
  })

  it.each([
    ['things.json', '[\n {"_id": 1},\n\n {"_id": true}\n]', 4, 'the _id'],
    ['things.json', '[{"_id": "}"}, {},\n [1]]', 2, 'a document has to be a JSON object'],
    ['things.json', '\n[{"_id": "a,\\"]"},\n{"_id": "a,\\"]"}]', 3, 'the _id'],
    ['things.json', '\n\n"text"', 3, 'a document has to be a JSON object'],
    ['things.ndjson', '{"_id": 1}\n\n{"_id": null}\n', 3, 'the _id'],
    ['things.geojson', '{"type": "FeatureCollection", "features": [\n{},\n{"id": []}]}', 3, 'the _id'],
    ['things/a.json', '\n7', 2, 'a document has to be a JSON object'],
  ])('names the line of a value that is no document: %s %j', async (file, text, line, message) => {
    await expect(named({ [file]: text }, 'things')).rejects.toMatchObject({
      code: 'malformed-object',
      message: expect.stringContaining(`${file}, line ${line}: ${message}`),
      details: { store: 'documents', line },
    })
  })

  it('has one object, or an array', async () => {
    expect((await parseFile(chunks('{"a":1}'), origin, never)).values).toEqual([{ a: 1 }])
    expect((await parseFile(chunks('[1, 2]'), origin, never)).values).toEqual([1, 2])
    expect((await parseFile(chunks(' [ ] '), origin, never)).values).toEqual([])
  })
})

describe('loading a collection', () => {
  const big = JSON.stringify(Array.from({ length: 1000 }, (_, index) => ({ _id: index, name: 'n'.repeat(20) })))

  it('keeps the digits of integers, in ids, values and conditions', async () => {
    const text = '[{"_id": 9007199254740993, "name": 12345678901234567890}, {"_id": 9007199254740992, "name": 1}]'
    await using at = await store({ 'things.json': text }, MAPPING('things'))
    const plan = pattern('s', iri('http://ex/name'), 'o')
    expect((await answer(at.connector, plan)).map(({ s, o }) => [s!.value, o!.value])).toEqual([
      ['http://ex/9007199254740993', '12345678901234567890'],
      ['http://ex/9007199254740992', '1'],
    ])
    const of = (subject: string) => answer(at.connector, plan, keys('s', [iri(subject)]))
    expect((await of('http://ex/9007199254740993')).map(({ o }) => o!.value)).toEqual(['12345678901234567890'])
    expect(await of('http://ex/9007199254740991')).toEqual([])
    const more = {
      kind: 'call',
      operator: '>',
      arguments: [
        { kind: 'variable', name: 'o' },
        { kind: 'term', term: literal('12345678901234567889', iri(`${XSD}integer`)) },
      ],
    } as const
    expect(await answer(at.connector, { kind: 'filter', input: plan, condition: more })).toHaveLength(1)
    expect(at.connector.push!({ kind: 'filter', input: plan, condition: more })?.native.text).toContain(
      '"name":{"$gt":{"$numberLong":"12345678901234567889"}}',
    )
  })

  it('is bounded by maxBytes, over all collections, and says which file was too much', async () => {
    const files = { 'things.json': big, 'others.json': big }
    await using at = await store(files, MAPPING('things'), 'documents', { maxBytes: big.length + 10 })
    expect(await answer(at.connector, pattern('s', iri('http://ex/name'), 'o'))).toHaveLength(1000)
    await using less = await store(files, MAPPING('things'), 'documents', { maxBytes: big.length - 1 })
    await expect(answer(less.connector, pattern('s', 'p', 'o'))).rejects.toMatchObject({
      code: 'too-large',
      message: expect.stringMatching(/Store 'documents'.*things\.json.*'maxBytes'/),
      details: { store: 'documents', locator: 'things.json', parameter: 'maxBytes' },
    })
    const both = `${MAPPING('things')}  other: { sources: [others], s: ex:$(_id), po: [[ex:other, $(name)]] }\n`
    await using two = await store(files, both, 'documents', { maxBytes: 2 * big.length - 1 })
    await expect(answer(two.connector, pattern('s', 'p', 'o'))).rejects.toMatchObject({ code: 'too-large' })
    await writeFile(join(two.folder, 'data/others.json'), '[]')
    expect(await answer(two.connector, pattern('s', iri('http://ex/name'), 'o'))).toHaveLength(1000)
  })

  it('ends for the one who gives up, and goes on for others', async () => {
    await using at = await store({ 'things.json': big }, MAPPING('things'))
    const plan = pattern('s', iri('http://ex/name'), 'o')
    const controller = new AbortController()
    const given = answer(at.connector, plan, undefined, request(controller.signal))
    const kept = answer(at.connector, plan)
    controller.abort(new Error('enough'))
    await expect(given).rejects.toThrowError('enough')
    expect(await kept).toHaveLength(1000)
  })

  it('is given up between chunks and elements', async () => {
    const controller = new AbortController()
    let read = 0
    async function* endless(): AsyncGenerator<string> {
      for (;;) {
        if (++read === 3) controller.abort(new Error('enough'))
        yield '{"a": 1}\n'
      }
    }
    const lines = { store: 's', file: 'f.ndjson' }
    await expect(parseFile(endless(), lines, controller.signal)).rejects.toThrowError('enough')
    await expect(parseFile(endless(), origin, controller.signal)).rejects.toThrowError('enough')
    expect(read).toBe(4)
    const ended = new AbortController()
    const elements = chunks(`[${Array.from({ length: 100 }, () => JSON.stringify('x'.repeat(100_000))).join()}]`, 1e9)
    setImmediate(() => ended.abort(new Error('enough')))
    await expect(parseFile(elements, origin, ended.signal)).rejects.toThrowError('enough')
  })

  it('refuses what is no file', async () => {
    await using at = await store({ 'things.json': '[]' }, MAPPING('things'))
    await symlink('/dev/zero', join(at.folder, 'data/zero.json'))
    await expect(answer(at.connector, pattern('s', 'p', 'o'))).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringContaining('zero.json: it is no file'),
    })
  })
})

describe('work that several wait for', () => {
  it('is done once, ended when none waits, and done again after that', async () => {
    let begun = 0
    let ended = 0
    const released: (() => void)[] = []
    const work = sharedWork(
      (signal) =>
        new Promise<{ readonly run: number }>((resolve, reject) => {
          const run = ++begun
          signal.addEventListener('abort', () => {
            ended++
            reject(signal.reason)
          })
          released.push(() => resolve({ run }))
        }),
    )
    const [one, two] = [new AbortController(), new AbortController()]
    const waits = [work.wait(one.signal), work.wait(two.signal)].map((wait) => wait.catch((cause: unknown) => cause))
    one.abort(new Error('one'))
    expect(await waits[0]).toMatchObject({ message: 'one' })
    expect([begun, ended, work.isBegun()]).toEqual([1, 0, true])
    two.abort(new Error('two'))
    expect(await waits[1]).toMatchObject({ message: 'two' })
    expect([begun, ended, work.isBegun()]).toEqual([1, 1, false])
    const again = work.wait(never)
    released[1]!()
    expect(await again).toEqual({ run: 2 })
    expect(await work.wait(never)).toBe(work.result())
    expect(begun).toBe(2)
  })
})
