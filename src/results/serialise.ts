import { PolyprovError } from '../../planner/errors.ts'
import type { Execution } from '../polystore.ts'
import { bindingsToCsv } from './csv.ts'
import type { BindingsExecution, BooleanExecution, QuadsExecution } from './execution.ts'
import type { FormatName } from './formats.ts'
import { bindingsToHtml } from './html.ts'
import { bindingsToJson, booleanToJson } from './json.ts'
import { quadsToJsonLd } from './json-ld.ts'
import { quadsToNquads, quadsToNtriples } from './ntriples.ts'
import { quadsToRdfXml } from './rdf-xml.ts'
import { bindingsToNdjson, booleanToNdjson, quadsToNdjson, toRows } from './rows.ts'
import { bindingsToTable, quadsToTable, type TableOptions } from './table.ts'
import { bindingsToTsv } from './tsv.ts'
import { quadsToTurtle } from './turtle.ts'
import { bindingsToXml, booleanToXml } from './xml.ts'

export interface SerialiseOptions {
  readonly table?: TableOptions
  /** Told what the format could not keep. */
  readonly warn?: (message: string) => void
}

type Text = AsyncGenerator<string>

/**
 * The result as text of the format, in chunks, as lazily as it is read.
 * @throws `not-acceptable` where the format cannot write this kind of result.
 */
export function serialise(execution: Execution, format: FormatName, options: SerialiseOptions = {}): Text {
  if (format === 'rows') return toRows(execution)
  switch (execution.kind) {
    case 'bindings':
      return serialiseBindings(execution, format, options)
    case 'boolean':
      return serialiseBoolean(execution, format)
    case 'quads':
      return serialiseQuads(execution, format, options)
  }
}

function serialiseBindings(execution: BindingsExecution, format: FormatName, options: SerialiseOptions): Text {
  switch (format) {
    case 'json':
      return bindingsToJson(execution)
    case 'xml':
      return bindingsToXml(execution, options.warn)
    case 'csv':
      return bindingsToCsv(execution)
    case 'tsv':
      return bindingsToTsv(execution)
    case 'ndjson':
      return bindingsToNdjson(execution)
    case 'table':
      return bindingsToTable(execution, options.table)
    case 'html':
      return bindingsToHtml(execution)
    default:
      throw impossible(format, 'rows', 'json, xml, csv, tsv, ndjson, table')
  }
}

function serialiseBoolean(execution: BooleanExecution, format: FormatName): Text {
  switch (format) {
    case 'json':
      return booleanToJson(execution)
    case 'xml':
      return booleanToXml(execution)
    case 'ndjson':
      return booleanToNdjson(execution)
    case 'csv':
    case 'tsv':
    case 'table':
      return answer(execution)
    default:
      throw impossible(format, 'the answer of ASK', 'json, xml, csv, tsv, ndjson, table')
  }
}

function serialiseQuads(execution: QuadsExecution, format: FormatName, options: SerialiseOptions): Text {
  switch (format) {
    case 'turtle':
      return quadsToTurtle(execution)
    case 'ntriples':
      return quadsToNtriples(execution)
    case 'nquads':
      return quadsToNquads(execution)
    case 'rdfxml':
      return quadsToRdfXml(execution, options.warn)
    case 'jsonld':
      return quadsToJsonLd(execution)
    case 'ndjson':
      return quadsToNdjson(execution)
    case 'table':
      return quadsToTable(execution, options.table)
    default:
      throw impossible(format, 'triples', 'turtle, ntriples, nquads, rdfxml, jsonld, ndjson, table')
  }
}

async function* answer(execution: BooleanExecution): Text {
  yield `${execution.value}\n`
}

const impossible = (format: FormatName, what: string, instead: string): PolyprovError =>
  new PolyprovError('not-acceptable', `${format} cannot write ${what}; use one of ${instead}`)
