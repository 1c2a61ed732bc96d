import { appendFile, rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { type Dataset, File, type Group, ready } from 'h5wasm/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Summary } from '../../examples/seismic/index.ts'
import { open, type Polystore } from '../../src/index.ts'
import { build, temporaryFolder } from './fixture.ts'
import { ask, integer, type Row, sorted, text } from './rows.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let summary: Summary
let polystore: Polystore

beforeAll(async () => {
  // Built in place: a copy of a file has another time, and so another etag.
  folder = await temporaryFolder()
  summary = await build(folder.path, { settings: { tiles: 120, epochs: 2 } })
  polystore = await open(join(folder.path, 'polyprov.yaml'))
})

afterAll(async () => {
  await polystore?.close()
  await folder?.[Symbol.asyncDispose]()
})

const PREFIXES = `
PREFIX pl: <https://w3id.org/polyprov/provlake#>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX provml: <https://w3id.org/polyprov/provml#>
PREFIX hdf5: <https://w3id.org/polyprov/hdf5#>
`

const rowsOf = async (query: string): Promise<readonly Row[]> => (await ask(polystore, PREFIXES + query)).rows

describe('nodes within objects, apart from the pattern that leads to them', () => {
  const shapes = (pattern: () => string) => `${PREFIXES} SELECT ?o ?p ?s { ${pattern()} }`
  const node = () => `<${summary.trainingSets[0]!.iri}> hdf5:object ?o . ?o hdf5:path ?p`
  const count = async (text: string) => (await ask(polystore, text)).rows.length

  test('groups have no shape, data sets have one', async () => {
    const all = await count(shapes(() => node()))
    const shaped = await count(shapes(() => `${node()} . ?o hdf5:shape ?s`))
    expect(shaped).toBeGreaterThan(0)
    expect(all).toBeGreaterThan(shaped)
    expect(await count(shapes(() => `${node()} FILTER EXISTS { ?o hdf5:shape ?any }`))).toBe(shaped)
    expect(await count(shapes(() => `${node()} FILTER NOT EXISTS { ?o hdf5:shape ?any }`))).toBe(all - shaped)
    expect(await count(shapes(() => `${node()} MINUS { ?o hdf5:shape ?any }`))).toBe(all - shaped)
    const { rows: optional } = await ask(
      polystore,
      shapes(() => `${node()} OPTIONAL { ?o hdf5:shape ?s FILTER(STRLEN(?s) > 0) }`),
    )
    expect(optional.filter((row) => row['s'] !== undefined)).toHaveLength(shaped)
    expect(optional).toHaveLength(all)
    const object = `<${summary.trainingSets[0]!.iri}> hdf5:object ?o`
    expect(await count(shapes(() => `${object} { ?o hdf5:path ?p } UNION { ?o hdf5:shape ?s }`))).toBe(all + shaped)
  })

  test('the pattern alone asks every referenced object', async () => {
    const everywhere = await count(`${PREFIXES} SELECT ?o ?s { ?o hdf5:shape ?s }`)
    const listed = await count(
      `${PREFIXES} SELECT ?o ?s { ?set pl:isStoredInStore ?store ; pl:value ?file ; hdf5:object ?o . ?o hdf5:shape ?s }`,
    )
    expect(everywhere).toBe(listed)
    expect(everywhere).toBeGreaterThan(0)
  })
})

describe('whether a reference still holds', () => {
  const compared = (store: string) =>
    rowsOf(`SELECT ?path ?then ?now {
      ?ref pl:isStoredInStore <urn:polyprov:store/${store}> ; pl:value ?path ; pl:etag ?then .
      GRAPH <urn:polyprov:store/${store}> { ?ref pl:etag ?now }
    }`)
  const changed = async (store: string) =>
    (await compared(store)).filter(({ then, now }) => then !== now).map(({ path }) => JSON.parse(path!) as string)

  test('files that nobody touched have the etag that was recorded', async () => {
    const [seismic, tiles, models] = [await compared('seismic'), await compared('tiles'), await compared('models')]
    expect(seismic).toHaveLength(summary.surveys.length)
    expect(tiles).toHaveLength(2 * summary.trainingSets.length)
    expect(models.length).toBeGreaterThanOrEqual(summary.models.length)
    for (const { then, now } of [...seismic, ...tiles, ...models]) expect(now).toBe(then)
  })

  test('a file that was touched, or has grown, has another; one that is gone has none', async () => {
    await utimes(join(folder.path, 'seismic/santos.sgy'), new Date(), new Date(Date.now() - 3_600_000))
    expect(await changed('seismic')).toEqual(['santos.sgy'])
    await appendFile(join(folder.path, 'models', `${summary.models[0]!.name}/model.json`), ' ')
    expect(await changed('models')).toEqual([`${summary.models[0]!.name}/model.json`])
    const before = await compared('models')
    await rm(join(folder.path, 'models', `${summary.models[1]!.name}/model.json`))
    expect(await compared('models')).toHaveLength(before.length - 1)
    // What was recorded stays what it was.
    const recorded = await rowsOf('SELECT ?etag { ?ref pl:value "santos.sgy" ; pl:etag ?etag }')
    expect(recorded).toHaveLength(1)
  })

  test('the size and time of now stand beside those of then', async () => {
    const rows = await rowsOf(`SELECT ?path ?then ?now {
      ?ref pl:isStoredInStore <urn:polyprov:store/models> ; pl:value ?path ; pl:sizeBytes ?then .
      GRAPH <urn:polyprov:store/models> { ?ref pl:sizeBytes ?now } FILTER(?now > ?then)
    }`)
    expect(rows).toHaveLength(1)
    const [then, now] = [rows[0]!['then']!, rows[0]!['now']!].map((value) => Number.parseInt(value, 10))
    expect(now).toBe(then! + 1)
  })
})

interface Node {
  readonly path: string
  readonly shape?: string
  readonly attributes: Readonly<Record<string, unknown>>
}

/** Groups and data sets of a file, read by the library alone. */
async function nodesOf(locator: string): Promise<readonly Node[]> {
  await ready
  const file = new File(join(folder.path, 'tiles', locator), 'r')
  try {
    const nodes: Node[] = []
    const visit = (node: Group | Dataset, path: string): void => {
      const attributes = Object.fromEntries(Object.entries(node.attrs).map(([name, { value }]) => [name, value]))
      if (!('keys' in node)) {
        nodes.push({ path, shape: `[${node.shape!.join(', ')}]`, attributes })
        return
      }
      nodes.push({ path, attributes })
      for (const key of node.keys()) visit(node.get(key) as Group | Dataset, `${path === '/' ? '' : path}/${key}`)
    }
    visit(file, '/')
    return nodes
  } finally {
    file.close()
  }
}

describe('HDF5 headers through references', () => {
  test('paths and shapes of every training set', async () => {
    for (const { iri, name, tiles } of summary.trainingSets) {
      const rows = await rowsOf(`SELECT ?path ?shape {
        <${iri}> hdf5:object ?object . ?object hdf5:path ?path OPTIONAL { ?object hdf5:shape ?shape }
      }`)
      const nodes = await nodesOf(`${name}.h5`)
      expect(nodes).toHaveLength(9)
      expect(sorted(rows)).toEqual(
        sorted(
          nodes.map(({ path, shape }) => ({
            path: text(path),
            ...(shape === undefined ? {} : { shape: text(shape) }),
          })),
        ),
      )
      const training = tiles - Math.round(tiles * 0.2)
      expect(rows).toContainEqual({ path: '"/training/tiles"', shape: text(`[${training}, 8, 8]`) })
    }
  })

  const OPTIONALS: readonly (readonly [string, string])[] = [
    ['after others', 'OPTIONAL { ?object hdf5:path ?path } OPTIONAL { ?object hdf5:shape ?shape }'],
    ['of several terms', '?object hdf5:path ?path OPTIONAL { ?object hdf5:shape ?shape ; hdf5:rank ?rank }'],
    [
      'beside the provenance',
      '?object hdf5:path ?path OPTIONAL { ?nothing prov:hadPlan ?set } OPTIONAL { ?object hdf5:shape ?shape }',
    ],
    [
      'with a node in between',
      '?object hdf5:path ?path OPTIONAL { ?object hdf5:shape ?shape ; hdf5:dimension [ hdf5:index 0 ] }',
    ],
  ]

  test.each(OPTIONALS)('OPTIONAL terms of nodes, %s', async (_, patterns) => {
    const { iri, name } = summary.trainingSets[0]!
    const nodes = await nodesOf(`${name}.h5`)
    const expected = nodes.map(({ path, shape }) => ({
      path: text(path),
      ...(shape === undefined ? {} : { shape: text(shape) }),
    }))
    const query = `SELECT ?path ?shape { ?set a provml:LearningDatasetReferenceValue ; hdf5:object ?object . ${patterns}
      FILTER(?set = <${iri}>) }`
    for (const without of [[], ['all']]) {
      const { rows } = await ask(polystore, PREFIXES + query, { without })
      expect(sorted(rows), without.join()).toEqual(sorted(expected))
    }
  })

  test('attributes of the files, with their types', async () => {
    const rows = await rowsOf(`SELECT ?set ?name ?value {
      ?set a provml:LearningDatasetReferenceValue ; hdf5:object ?root .
      ?root hdf5:path "/" ; hdf5:attribute [ hdf5:name ?name ; hdf5:value ?value ] .
    }`)
    for (const { iri, survey, axis, rangeStart, rangeEnd, labels, name: set } of summary.trainingSets) {
      const found = Object.fromEntries(
        rows.filter((row) => row['set'] === `<${iri}>`).map(({ name, value }) => [JSON.parse(name!), value]),
      )
      const written = (await nodesOf(`${set}.h5`))[0]!.attributes
      expect(Object.keys(found).sort()).toEqual(Object.keys(written).sort())
      expect(found['survey']).toBe(text(survey))
      expect(found['axis']).toBe(text(axis))
      expect(found['labels']).toBe(text(labels))
      for (const [key, value] of Object.entries({ rangeStart, rangeEnd, tileSize: 8 })) {
        expect(Number.parseFloat(found[key]!)).toBe(value)
      }
      expect(Number.parseFloat(found['noiseThreshold']!)).toBe(written['noiseThreshold'])
    }
  })

  test('models of training sets whose tiles are 8 by 8, and how many', async () => {
    const rows = await rowsOf(`SELECT ?set (COUNT(DISTINCT ?model) AS ?models) {
      ?model a provml:ModelReferenceValue ; prov:wasDerivedFrom ?set .
      ?set a provml:LearningDatasetReferenceValue ; hdf5:object ?object .
      ?object hdf5:path "/validation/tiles" ; hdf5:dimension [ hdf5:index 2 ; hdf5:size 8 ] .
    } GROUP BY ?set`)
    expect(rows.map(({ set }) => set).sort()).toEqual(summary.trainingSets.map(({ iri }) => `<${iri}>`).sort())
    expect(rows.every(({ models }) => models === integer(3))).toBe(true)
  })
})
