import type { Execution } from '../polystore.ts'

export type ResultKind = Execution['kind']

export interface ResultFormat {
  readonly name: string
  /** Content type of the answer. */
  readonly contentType: string
  /** Media types that ask for it, the format's own first. */
  readonly mediaTypes: readonly string[]
  /** Results that it can write. */
  readonly kinds: readonly ResultKind[]
}

const rowsKinds = ['bindings', 'boolean'] as const
const quadsKinds = ['quads'] as const
const everyKind = ['bindings', 'boolean', 'quads'] as const

const format = <Name extends string>(
  name: Name,
  kinds: readonly ResultKind[],
  contentType: string,
  ...aliases: readonly string[]
) => ({ name, kinds, contentType, mediaTypes: [contentType.split(';')[0]!, ...aliases] })

/** Every format that results can be written in, in the order of preference where the asker has none. */
export const RESULT_FORMATS = [
  format('json', rowsKinds, 'application/sparql-results+json', 'application/json'),
  format('xml', rowsKinds, 'application/sparql-results+xml', 'application/xml', 'text/xml'),
  format('csv', rowsKinds, 'text/csv; charset=utf-8; header=present'),
  format('tsv', rowsKinds, 'text/tab-separated-values; charset=utf-8'),
  format('turtle', quadsKinds, 'text/turtle; charset=utf-8', 'application/turtle', 'application/x-turtle'),
  format('ntriples', quadsKinds, 'application/n-triples'),
  format('nquads', quadsKinds, 'application/n-quads'),
  format('rdfxml', quadsKinds, 'application/rdf+xml'),
  format('jsonld', quadsKinds, 'application/ld+json', 'application/json'),
  format('ndjson', everyKind, 'application/x-ndjson', 'application/jsonl'),
  format('html', ['bindings'], 'text/html; charset=utf-8'),
  format('table', everyKind, 'text/plain; charset=utf-8'),
  format('rows', everyKind, 'application/json'),
] as const satisfies readonly ResultFormat[]

export type FormatName = (typeof RESULT_FORMATS)[number]['name']

export const resultFormat = (name: FormatName): ResultFormat => RESULT_FORMATS.find((entry) => entry.name === name)!

/** Formats that can write a result of the kind. */
export const formatsOf = (kind: ResultKind): readonly (ResultFormat & { readonly name: FormatName })[] =>
  RESULT_FORMATS.filter((entry) => (entry.kinds as readonly ResultKind[]).includes(kind))
