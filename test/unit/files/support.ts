import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Batch, Bindings, Connector, Dictionary, Meter, Request, Resolved } from '../../../connectors/connector.ts'
import type { ObjectFormat } from '../../../connectors/formats/format.ts'
import { segyFormat } from '../../../connectors/formats/segy/index.ts'
import files from '../../../connectors/objects/files/index.ts'
import type { Pattern } from '../../../planner/algebra.ts'
import {
  defaultGraph,
  type GraphTerm,
  iri,
  literal,
  type PatternTerm,
  type Term,
  termFromKey,
  termKey,
  variable,
} from '../../../planner/term.ts'
import { cubeReader, grid, type SyntheticCube } from '../segy/synthetic.ts'

export const BASE = 'urn:polyprov:'

/** `?name` is a variable, `"text"` a string, anything else an IRI. */
function term(text: string): PatternTerm {
  if (text.startsWith('?')) return variable(text.slice(1))
  return text.startsWith('"') ? literal(text.slice(1, -1)) : iri(text)
}

export const pattern = (
  subject: string,
  predicate: string,
  object: string,
  graph: GraphTerm = defaultGraph,
): Pattern => ({
  kind: 'pattern',
  subject: term(subject),
  predicate: term(predicate) as Pattern['predicate'],
  object: term(object),
  graph,
})

function dictionary(): Dictionary {
  const keys: string[] = ['']
  const ids = new Map<string, number>()
  return {
    encode(each) {
      const key = termKey(each)
      const known = ids.get(key)
      if (known !== undefined) return known
      keys.push(key)
      ids.set(key, keys.length - 1)
      return keys.length - 1
    },
    find: (each) => ids.get(termKey(each)) ?? 0,
    decode: (id) => termFromKey(keys[id]!),
  }
}

export interface Query extends Request {
  readonly counted: { requests: number; bytes: number; warnings: string[] }
}

/** A query of its own: dictionary, signal and meter. */
export function query(signal: AbortSignal = new AbortController().signal): Query {
  const counted: Query['counted'] = { requests: 0, bytes: 0, warnings: [] }
  const meter: Meter = {
    request: (count = 1) => {
      counted.requests += count
    },
    bytes: (count) => {
      counted.bytes += count
    },
    warn: (message) => {
      counted.warnings.push(message)
    },
  }
  return { dictionary: dictionary(), signal, meter, counted }
}

export const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'polyprov-files-'))

export async function write(folder: string, name: string, bytes: Uint8Array | string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true })
  await writeFile(join(folder, name), bytes)
}

export async function segyBytes(
  inlines: number,
  crosslines: number,
  more: Partial<SyntheticCube> = {},
): Promise<Uint8Array> {
  const reader = cubeReader({ samples: 10, ...grid({ inlines, crosslines }), ...more })
  return reader.read(0, reader.size)
}

export const open = (folder: string, formats: readonly ObjectFormat[] = [segyFormat()]): Connector =>
  files({ id: 'seismic', type: 'files', path: folder }, { base: BASE, folder: '/' }, formats)

export async function scanAll(
  connector: Connector,
  asked: Pattern,
  request: Request = query(),
  bindings?: Batch,
): Promise<Bindings[]> {
  const rows: Bindings[] = []
  for await (const block of connector.scan({
    ...request,
    pattern: asked,
    ...(bindings === undefined ? {} : { bindings }),
  }))
    rows.push(...(block as readonly Bindings[]))
  return rows
}

export async function resolveAll(
  connector: Connector,
  locators: readonly string[],
  patterns: readonly Pattern[],
  options: { request?: Request; references?: readonly Term[]; reference?: PatternTerm } = {},
): Promise<readonly Resolved[]> {
  const { request = query(), references = locators.map((locator) => iri(`urn:ref:${encodeURIComponent(locator)}`)) } =
    options
  const found: Resolved[] = []
  const reference = options.reference === undefined ? {} : { reference: options.reference }
  for await (const resolved of connector.resolve!({ ...request, ...reference, locators, references, patterns }))
    found.push(resolved)
  return found.sort((a, b) => a.index - b.index)
}
