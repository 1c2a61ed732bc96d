import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Parser } from 'n3'
import { parse } from 'oxigraph'
import { numericTerm, numericValue } from '../../../planner/functions/numeric-values.ts'
import { blank, iri, literal, type Quad, type Term, termKey } from '../../../planner/term.ts'
import type { Solution } from './naive.ts'

const project = fileURLToPath(new URL('../../..', import.meta.url))
const folder = join(process.env['POLYPROV_REFERENCE'] ?? join(project, '../shared/reference'), 'w3c-sparql')

/** Folder of the W3C suites; absent where the reference data is. */
export const suiteFolder: string | undefined = existsSync(folder) ? folder : undefined

/** A query evaluation test of a manifest. */
export interface SuiteCase {
  readonly name: string
  readonly query: string
  readonly data: readonly string[]
  readonly result: string
}

const MANIFEST = 'http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#'
const QUERY = 'http://www.w3.org/2001/sw/DataAccess/tests/test-query#'
const RESULT = 'http://www.w3.org/2001/sw/DataAccess/tests/result-set#'

export function readQuads(path: string): Quad[] {
  const text = readFileSync(path, 'utf8')
  const base = pathToFileURL(path).href
  if (path.endsWith('.rdf')) return parse(text, { format: 'rdf', base_iri: base }) as unknown as Quad[]
  return new Parser({ baseIRI: base }).parse(text) as unknown as Quad[]
}

const objects = (quads: readonly Quad[], subject: Term | undefined, predicate: string): Term[] =>
  quads
    .filter((quad) => quad.subject.value === subject?.value && quad.predicate.value === predicate)
    .map((quad) => quad.object)

/** The evaluation tests of a folder that are about the default graph alone. */
export function readManifest(path: string): SuiteCase[] {
  const quads = readQuads(join(path, 'manifest.ttl'))
  const file = (term: Term): string => fileURLToPath(term.value)
  return quads
    .filter((quad) => quad.object.value === `${MANIFEST}QueryEvaluationTest`)
    .flatMap(({ subject }) => {
      const [action] = objects(quads, subject, `${MANIFEST}action`)
      const [query] = objects(quads, action, `${QUERY}query`)
      const [result] = objects(quads, subject, `${MANIFEST}result`)
      const named = objects(quads, action, `${QUERY}graphData`).length > 0
      if (query === undefined || result === undefined || named) return []
      const data = objects(quads, action, `${QUERY}data`).map(file)
      return [{ name: subject.value.replace(/.*[#/]/, ''), query: file(query), data, result: file(result) }]
    })
}

const unescapeXml = (text: string): string =>
  text
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&apos;/g, "'")
    .replace(/&#x([0-9a-fA-F]+);/g, (_, digits) => String.fromCodePoint(Number.parseInt(digits, 16)))
    .replace(/&#([0-9]+);/g, (_, digits) => String.fromCodePoint(Number(digits)))
    .replace(/&amp;/g, '&')

function xmlTerm(text: string): Term {
  const [, kind = '', attributes = '', value = ''] =
    /<(uri|bnode|literal)([^>]*?)(?:\/>|>([\s\S]*?)<\/\1>)/.exec(text) ?? []
  if (kind === 'uri') return iri(unescapeXml(value.trim()))
  if (kind === 'bnode') return blank(value)
  const language = /xml:lang=["']([^"']*)/.exec(attributes)?.[1]
  const datatype = /datatype=["']([^"']*)/.exec(attributes)?.[1]
  return literal(unescapeXml(value), language ?? (datatype === undefined ? undefined : iri(datatype)))
}

function readXml(text: string): Solution[] | boolean {
  const answer = /<boolean>\s*(true|false)/.exec(text)?.[1]
  if (answer !== undefined) return answer === 'true'
  const plain = text.replace(/<!--[\s\S]*?-->/g, '')
  return [...plain.matchAll(/<result(?:\s[^>]*)?(?:\/>|>([\s\S]*?)<\/result>)/g)].map(
    ([, body = '']) =>
      new Map(
        [...body.matchAll(/<binding\s+name=["']([^"']+)["']\s*>([\s\S]*?)<\/binding>/g)].map(
          ([, name = '', term = '']): [string, Term] => [name, xmlTerm(term)],
        ),
      ),
  )
}

interface JsonTerm {
  readonly type: string
  readonly value: string
  readonly datatype?: string
  readonly 'xml:lang'?: string
}

function jsonTerm(term: JsonTerm): Term {
  if (term.type === 'uri') return iri(term.value)
  if (term.type === 'bnode') return blank(term.value)
  return literal(term.value, term['xml:lang'] ?? (term.datatype === undefined ? undefined : iri(term.datatype)))
}

function readJson(text: string): Solution[] | boolean {
  const document = JSON.parse(text)
  if (typeof document.boolean === 'boolean') return document.boolean
  return document.results.bindings.map(
    (row: Record<string, JsonTerm>) => new Map(Object.entries(row).map(([name, term]) => [name, jsonTerm(term)])),
  )
}

function readTurtle(path: string): Solution[] | boolean {
  const quads = readQuads(path)
  const answer = quads.find((quad) => quad.predicate.value === `${RESULT}boolean`)
  if (answer !== undefined) return answer.object.value === 'true'
  const solutions = quads.filter((quad) => quad.predicate.value === `${RESULT}solution`)
  const order = (node: Term): number => Number(objects(quads, node, `${RESULT}index`)[0]?.value ?? 0)
  return solutions
    .map((quad) => quad.object)
    .sort((a, b) => order(a) - order(b))
    .map(
      (solution) =>
        new Map(
          objects(quads, solution, `${RESULT}binding`).map((binding): [string, Term] => [
            objects(quads, binding, `${RESULT}variable`)[0]!.value,
            objects(quads, binding, `${RESULT}value`)[0]!,
          ]),
        ),
    )
}

/** The expected answer of a test: solutions, or that of ASK. */
export function readResult(path: string): Solution[] | boolean {
  if (path.endsWith('.srx')) return readXml(readFileSync(path, 'utf8'))
  return path.endsWith('.srj') ? readJson(readFileSync(path, 'utf8')) : readTurtle(path)
}

/** A term by value: numbers in canonical form, blank nodes all alike. */
export function comparable(term: Term): string {
  if (term.termType === 'BlankNode') return '_'
  return termKey(numericTerm(numericValue(term)) ?? term)
}

/** Solutions in a form that two runs can be compared by. */
export const comparableRows = (rows: readonly Solution[]): string[] =>
  rows.map((row) =>
    [...row]
      .map(([name, term]) => `${name}=${comparable(term)}`)
      .sort()
      .join(' '),
  )
