import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Parser } from 'n3'
import { openTripleStore } from '../../connectors/columnar/store/index.ts'
import { type Term, termFromKey } from '../../planner/term.ts'

/** Triples as maps of maps: what the tests' own answers are worked out on, without any query engine. */
export interface Triples {
  readonly size: number
  objects(subject: string, predicate: string): readonly Term[]
  subjects(predicate: string, object: string): readonly string[]
  /** The first object's value. */
  value(subject: string, predicate: string): string | undefined
}

type Index = Map<string, Map<string, Term[]>>

function put(index: Index, predicate: string, from: string, to: Term): void {
  const ofPredicate = index.get(predicate) ?? new Map<string, Term[]>()
  index.set(predicate, ofPredicate)
  const known = ofPredicate.get(from)
  if (known === undefined) ofPredicate.set(from, [to])
  else known.push(to)
}

type Triple = readonly [subject: Term, predicate: Term, object: Term]

function triplesOf(triples: Iterable<Triple>): Triples {
  const forward: Index = new Map()
  const backward: Index = new Map()
  let size = 0
  for (const [subject, predicate, object] of triples) {
    size++
    put(forward, predicate.value, subject.value, object)
    put(backward, predicate.value, object.value, subject)
  }
  const objects = (subject: string, predicate: string) => forward.get(predicate)?.get(subject) ?? []
  return {
    size,
    objects,
    subjects: (predicate, object) => (backward.get(predicate)?.get(object) ?? []).map(({ value }) => value),
    value: (subject, predicate) => objects(subject, predicate)[0]?.value,
  }
}

/** Every quad of the embedded store in a folder, beside whoever has it open. */
export async function readProvenance(folder: string): Promise<Triples> {
  const store = await openTripleStore({ path: join(folder, 'provenance'), readOnly: true })
  try {
    const { dictionary, match } = store.snapshot()
    const term = (id: number): Term => termFromKey(dictionary.key(id))
    const triples: Triple[] = []
    match(0, 0, 0, 0, (subject, predicate, object) => {
      triples.push([term(subject), term(predicate), term(object)])
    })
    return triplesOf(triples)
  } finally {
    await store.close()
  }
}

export async function readTurtle(folder: string): Promise<Triples> {
  const names = (await readdir(join(folder, 'annotations'))).filter((name) => name.endsWith('.ttl'))
  const texts = await Promise.all(names.map((name) => readFile(join(folder, 'annotations', name), 'utf8')))
  const quads = texts.flatMap((text) => new Parser().parse(text))
  return triplesOf(quads.map(({ subject, predicate, object }) => [subject as Term, predicate as Term, object as Term]))
}

export interface SurveyDocument {
  readonly _id: string
  readonly crs: string
  readonly geometry: { readonly type: 'Polygon'; readonly coordinates: readonly (readonly (readonly number[])[])[] }
}

/** The survey documents by locator. */
export async function readDocuments(folder: string): Promise<ReadonlyMap<string, SurveyDocument>> {
  const surveys = join(folder, 'documents', 'surveys')
  const names = await readdir(surveys)
  const texts = await Promise.all(names.map((name) => readFile(join(surveys, name), 'utf8')))
  const documents = texts.map((text) => JSON.parse(text) as SurveyDocument)
  return new Map(documents.map((document) => [`surveys/${document._id}`, document]))
}

export interface Survey {
  readonly inlines: ReadonlySet<number>
  readonly crosslines: ReadonlySet<number>
  readonly samples: number
  /** `x y` of the bins at the corners of the grid, scaled. */
  readonly corners: ReadonlySet<string>
  readonly bytes: number
}

const SAMPLE_BYTES: Readonly<Record<number, number>> = { 1: 4, 2: 4, 3: 2, 5: 4, 8: 1 }

/** The headers of all traces of a poststack SEG-Y file, one after the other. */
export async function readSegy(path: string): Promise<Survey> {
  const bytes = await readFile(path)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const little = view.getInt16(3224) > 255 || view.getInt16(3224) < 1
  const samples = view.getInt16(3220, little)
  const size = 240 + samples * SAMPLE_BYTES[view.getInt16(3224, little)]!
  const traces: { readonly inline: number; readonly crossline: number; readonly position: string }[] = []
  for (let at = 3600; at + size <= bytes.byteLength; at += size) {
    const scalar = view.getInt16(at + 70, little)
    const factor = scalar === 0 ? 1 : scalar > 0 ? scalar : -1 / scalar
    const scaled = (offset: number) => Number((view.getInt32(at + offset, little) * factor).toFixed(3))
    traces.push({
      inline: view.getInt32(at + 188, little),
      crossline: view.getInt32(at + 192, little),
      position: `${scaled(180)} ${scaled(184)}`,
    })
  }
  const inlines = new Set(traces.map(({ inline }) => inline))
  const crosslines = new Set(traces.map(({ crossline }) => crossline))
  const isEnd = (value: number, all: ReadonlySet<number>) => value === Math.min(...all) || value === Math.max(...all)
  const corners = traces.filter(({ inline, crossline }) => isEnd(inline, inlines) && isEnd(crossline, crosslines))
  return {
    inlines,
    crosslines,
    samples,
    corners: new Set(corners.map(({ position }) => position)),
    bytes: bytes.byteLength,
  }
}
