import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { batchBuilder } from '../../connectors/batch.ts'
import { openColumnar } from '../../connectors/columnar/index.ts'
import type { ConformanceSubject } from '../../connectors/conformance.ts'
import { type Connector, objectIri } from '../../connectors/connector.ts'
import documents from '../../connectors/documents/index.ts'
import memory from '../../connectors/memory/index.ts'
import files from '../../connectors/objects/files/index.ts'
import { objectFormats } from '../../connectors/objects/formats.ts'
import { objectConnector } from '../../connectors/objects/object-connector.ts'
import type { ObjectStore } from '../../connectors/objects/object-store.ts'
import { openRdf } from '../../connectors/rdf/index.ts'
import { PL, XSD } from '../../planner/namespaces.ts'
import { iri, literal, type Quad, quad } from '../../planner/term.ts'
import { fileReader } from '../unit/hdf5/fixtures.ts'
import { cubeReader, grid } from '../unit/segy/synthetic.ts'
import { BASE, QUADS, quadsOf, TRIG } from './data.ts'
import { thirdParty } from './third-party.ts'

export interface NamedSubject extends ConformanceSubject {
  readonly name: string
}

/** The connector, and its folder's end with it. */
function withFolder(connector: Connector, folder: string): Connector & AsyncDisposable {
  const dispose = connector[Symbol.asyncDispose]?.bind(connector)
  return Object.defineProperty(connector, Symbol.asyncDispose, {
    configurable: true,
    value: async () => {
      await dispose?.()
      await rm(folder, { recursive: true, force: true })
    },
  }) as Connector & AsyncDisposable
}

const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'polyprov-conformance-'))

const inMemory: NamedSubject = {
  name: 'memory',
  quads: QUADS,
  open: async () => memory({ id: 'memory', type: 'memory', data: TRIG }, { base: BASE }),
}

const columnar: NamedSubject = {
  name: 'columnar in memory',
  quads: QUADS,
  async open() {
    const connector = await openColumnar({ id: 'columnar', type: 'columnar' }, { base: BASE, folder: '.' })
    await connector.write({ add: QUADS })
    return connector
  },
}

const columnarOnDisk: NamedSubject = {
  name: 'columnar on disk',
  quads: QUADS,
  async open() {
    const folder = await temporaryFolder()
    const definition = { id: 'columnar', type: 'columnar', path: './store' }
    const first = await openColumnar(definition, { base: BASE, folder })
    await first.write({ add: QUADS.filter((_, i) => i % 2 === 0) })
    await first.write({ add: QUADS, remove: QUADS.slice(0, 1) })
    await first.store.compact()
    await first[Symbol.asyncDispose]()
    return withFolder(await openColumnar(definition, { base: BASE, folder }), folder)
  },
}

const rdf: NamedSubject = {
  name: 'rdf',
  quads: QUADS,
  async open() {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'data.trig'), TRIG)
    return withFolder(await openRdf({ id: 'rdf', type: 'rdf', files: '*.trig' }, { base: BASE, folder }), folder)
  },
}

export const PEOPLE_VIEWS = `prefixes:
  x: http://x/
mappings:
  person:
    sources:
      - [people~jsonpath, $]
    s: $(@object)
    po:
      - [a, x:Person]
      - [x:name, $(name)]
      - [x:size, $(size)]
      - [x:knows, x:person/$(knows)~iri]
      - [x:home, $(@object)#home~iri]
  home:
    sources:
      - [people~jsonpath, $]
    s: $(@object)#home
    po:
      - [x:street, $(home.street)]
      - [x:number, $(home.number)]
`

/** Documents of a collection `people`, which {@link PEOPLE_VIEWS} gives the triples of {@link peopleQuads}. */
export const PEOPLE = [
  { _id: 'ada', name: 'Ada', size: 1, knows: 'bob', home: { street: 'Main', number: 7 } },
  { _id: 'bob', name: 'Bob', size: 2.5, knows: 'ada', home: { street: 'High', number: 1 } },
  { _id: 'c/d', name: 'É "c"', size: 3, knows: 'x y', home: { street: 'Main', number: 12 } },
]

const person = (store: string, id: string): string => objectIri(BASE, store, `people/${id}`)

export const peopleQuads = (store: string): readonly Quad[] =>
  quadsOf(`@prefix x: <http://x/> .
<${person(store, 'ada')}> a x:Person ; x:name "Ada" ; x:size 1 ; x:knows <http://x/person/bob> ; x:home <${person(store, 'ada')}#home> .
<${person(store, 'ada')}#home> x:street "Main" ; x:number 7 .
<${person(store, 'bob')}> a x:Person ; x:name "Bob" ; x:size 2.5e0 ; x:knows <http://x/person/ada> ; x:home <${person(store, 'bob')}#home> .
<${person(store, 'bob')}#home> x:street "High" ; x:number 1 .
<${person(store, 'c/d')}> a x:Person ; x:name "É \\"c\\"" ; x:size 3 ; x:knows <http://x/person/x%20y> ; x:home <${person(store, 'c/d')}#home> .
<${person(store, 'c/d')}#home> x:street "Main" ; x:number 12 .`).map((each) =>
    each.object.value === '2.5e0' ? { ...each, object: literal('2.5E0', iri(`${XSD}double`)) } : each,
  )

export const peopleReferences = (store: string): NonNullable<ConformanceSubject['references']> =>
  PEOPLE.map(({ _id }) => ({ locator: `people/${_id}`, object: iri(person(store, _id)) }))

const overDocuments: NamedSubject = {
  name: 'documents',
  quads: peopleQuads('documents'),
  references: peopleReferences('documents'),
  async open() {
    const folder = await temporaryFolder()
    await mkdir(join(folder, 'data'))
    await writeFile(join(folder, 'data', 'people.ndjson'), PEOPLE.map((each) => JSON.stringify(each)).join('\n'))
    await writeFile(join(folder, 'views.yaml'), PEOPLE_VIEWS)
    const definition = { id: 'documents', type: 'documents', path: './data', views: './views.yaml' }
    return withFolder(await documents(definition, { base: BASE, folder, batch: batchBuilder }), folder)
  },
}

/** A store that never answers; only its check is told when nobody waits any longer. */
const silentStore: ObjectStore = {
  async *list() {
    await new Promise(() => {})
  },
  stat: () => new Promise(() => {}),
  open: () => new Promise(() => {}),
  check: (signal) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true })),
}

const VARIETIES = join(import.meta.dirname, '../unit/hdf5/varieties.h5')

/** A folder of two SEG-Y files and an HDF5 file. */
async function fillFolder(folder: string): Promise<void> {
  await mkdir(join(folder, 'surveys'))
  for (const [name, inlines] of [
    ['one.sgy', 3],
    ['surveys/two 2.sgy', 5],
  ] as const) {
    const reader = cubeReader({ samples: 10, ...grid({ inlines, crosslines: 4 }) })
    await writeFile(join(folder, name), await reader.read(0, reader.size))
  }
  await cp(VARIETIES, join(folder, 'varieties.h5'))
  await writeFile(join(folder, 'notes.txt'), 'none of the formats')
}

/** The triples of the folder's objects: what the store lists, and what their formats read. */
async function objectQuads(folder: string, id: string): Promise<readonly Quad[]> {
  const connector = files({ id, type: 'files', path: folder }, { base: BASE, folder: '/' }, [])
  const quads: Quad[] = []
  const signal = new AbortController().signal
  const listing = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const { scanned } = await import('../../connectors/conformance/request.ts')
  const { everything } = await import('../../connectors/conformance/scan-checks.ts')
  for (const { s, p, o } of await scanned(connector, everything)) {
    quads.push(quad(s as Quad['subject'], p as Quad['predicate'], o!))
  }
  for (const entry of listing) {
    const path = join(entry.parentPath, entry.name)
    const locator = path.slice(folder.length + 1)
    await using reader = await fileReader(path)
    const head = await reader.read(0, Math.min(reader.size, 16_384))
    for (const format of objectFormats()) {
      const object = objectIri(BASE, id, locator)
      if (format.recognises(locator, head)) {
        const request = { predicates: new Set(format.predicates), signal }
        const name = format.nameOf?.(locator, head) ?? format.name
        quads.push(quad(iri(object), iri(`${PL}format`), literal(name)))
        quads.push(...(await format.triples(reader, { reference: iri(object), object }, request)))
      }
      await format[Symbol.asyncDispose]?.()
    }
  }
  return quads
}

/** The subject over a folder of objects that is there as long as the tests run. */
export async function objectSubject(folder: string): Promise<NamedSubject> {
  await fillFolder(folder)
  const quads = await objectQuads(folder, 'files')
  const listed = new Set(
    ['value', 'isStoredInStore', 'sizeBytes', 'etag', 'modified', 'format'].map((term) => PL + term),
  )
  const locators = quads.filter(({ predicate }) => predicate.value === `${PL}value`).map(({ object }) => object.value)
  return {
    name: 'files',
    quads,
    hidden: new Set(quads.map(({ predicate }) => predicate.value).filter((predicate) => !listed.has(predicate))),
    references: locators.map((locator) => ({ locator, object: iri(objectIri(BASE, 'files', locator)) })),
    open: async () => files({ id: 'files', type: 'files', path: folder }, { base: BASE, folder: '/' }),
    stalled: async () => objectConnector(silentStore, { id: 'files', type: 'files', base: BASE, formats: [] }),
  }
}

let openPages = 0

const third: NamedSubject = {
  name: 'a third party',
  quads: QUADS,
  async open() {
    return thirdParty('third', BASE, {
      async page(number) {
        openPages++
        await new Promise((resolve) => setImmediate(resolve))
        openPages--
        return number * 7 < QUADS.length ? QUADS.slice(number * 7, number * 7 + 7) : undefined
      },
    })
  },
  stalled: async () => thirdParty('third', BASE, { page: () => new Promise(() => {}) }),
  openCursors: () => openPages,
}

export const SUBJECTS: readonly NamedSubject[] = [inMemory, columnar, columnarOnDisk, rdf, overDocuments, third]

export { temporaryFolder }
