import { readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { blank, iri, literal, type Quad, type Term } from '../../planner/term.ts'
import { readJsonResult } from '../../src/results/read-json.ts'
import { readRdf } from './rdf-files.ts'

/** What a query answers; `ordered`: the order of the rows is part of it. */
export type Result =
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'quads'; readonly quads: readonly Quad[] }
  | {
      readonly kind: 'bindings'
      readonly variables: readonly string[]
      readonly rows: readonly (readonly (Term | undefined)[])[]
      readonly ordered: boolean
    }
  /** Lines of CSV or TSV, the header first. */
  | { readonly kind: 'text'; readonly format: 'csv' | 'tsv'; readonly lines: readonly string[] }

/** The expected result of a test. */
export function readResult(path: string): Result {
  const extension = extname(path)
  switch (extension) {
    case '.srx':
      return readXml(readFileSync(path, 'utf8'), pathToFileURL(path).href)
    case '.srj': {
      const result = readJsonResult(readFileSync(path, 'utf8'))
      return result.kind === 'boolean' ? result : { ...result, ordered: false }
    }
    case '.csv':
    case '.tsv':
      return {
        kind: 'text',
        format: extension === '.csv' ? 'csv' : 'tsv',
        lines: linesOf(readFileSync(path, 'utf8')),
      }
    default:
      return readGraph(readRdf(path))
  }
}

/** The lines of a table, with the last line's end, if it has one, left out. */
export const linesOf = (text: string): readonly string[] => text.replace(/\r?\n$/, '').split(/\r?\n/)

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

const unescapeXml = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]+)|#([0-9]+)|([a-z]+));/gi, (whole, hexadecimal, decimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole
    return String.fromCodePoint(hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16))
  })

const attribute = (attributes: string, name: string): string | undefined => {
  const value = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(attributes)
  return value === null ? undefined : unescapeXml(value[1] ?? value[2] ?? '')
}

/** SPARQL Query Results XML, as the suites write it: no CDATA, no other namespaces within. */
function readXml(text: string, base: string): Result {
  const source = text.replace(/<!--.*?-->/gs, '')
  const boolean = /<boolean>\s*(true|false)\s*<\/boolean>/.exec(source)
  if (boolean !== null) return { kind: 'boolean', value: boolean[1] === 'true' }
  const variables = [...source.matchAll(/<variable\s([^>]*)>/g)].map(
    ([, attributes]) => attribute(attributes!, 'name')!,
  )
  const rows = [...source.matchAll(/<result\s*(?:\/>|>(.*?)<\/result>)/gs)].map(([, body = '']) => {
    const cells = new Map(
      [...body.matchAll(/<binding\s([^>]*)>(.*?)<\/binding>/gs)].map(([, attributes, cell]) => [
        attribute(attributes!, 'name')!,
        readCell(cell!, base),
      ]),
    )
    for (const name of cells.keys()) if (!variables.includes(name)) throw new Error(`?${name} is bound, not declared`)
    return variables.map((name) => cells.get(name))
  })
  return { kind: 'bindings', variables, rows, ordered: false }
}

function readCell(cell: string, base: string): Term {
  const match = /^\s*<(uri|bnode|literal)([^>]*?)(?:\/>|>(.*)<\/\1\s*>)\s*$/s.exec(cell)
  if (match === null) throw new Error(`No cell of a result: ${cell}`)
  const [, kind, attributes = '', content = ''] = match
  const value = unescapeXml(content)
  if (kind === 'uri') return iri(/^[a-z][a-z0-9+.-]*:/i.test(value) ? value : new URL(value, base).href)
  if (kind === 'bnode') return blank(value)
  const language = attribute(attributes, 'xml:lang')
  const datatype = attribute(attributes, 'datatype')
  return literal(value, language ?? (datatype === undefined ? undefined : iri(datatype)))
}

const RS = 'http://www.w3.org/2001/sw/DataAccess/tests/result-set#'

/** A graph, or a result set in the vocabulary of the first suite. */
function readGraph(quads: readonly Quad[]): Result {
  const objects = (subject: Term | undefined, name: string): readonly Term[] =>
    quads.flatMap((quad) =>
      quad.predicate.value === `${RS}${name}` && (subject === undefined || quad.subject.value === subject.value)
        ? [quad.object]
        : [],
    )
  const truth = objects(undefined, 'boolean')[0]
  if (truth !== undefined) return { kind: 'boolean', value: truth.value === 'true' || truth.value === '1' }
  if (!quads.some(({ object }) => object.value === `${RS}ResultSet`)) return { kind: 'quads', quads }
  const variables = [...new Set(objects(undefined, 'resultVariable').map(({ value }) => value))]
  const solutions = objects(undefined, 'solution').map((solution) => ({
    index: objects(solution, 'index')[0],
    cells: new Map(
      objects(solution, 'binding').map((binding) => [
        objects(binding, 'variable')[0]!.value,
        objects(binding, 'value')[0]!,
      ]),
    ),
  }))
  const ordered = solutions.length > 0 && solutions.every(({ index }) => index !== undefined)
  if (ordered) solutions.sort((a, b) => Number(a.index!.value) - Number(b.index!.value))
  return {
    kind: 'bindings',
    variables,
    rows: solutions.map(({ cells }) => variables.map((name) => cells.get(name))),
    ordered,
  }
}
