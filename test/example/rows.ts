import {
  type Execution,
  PolyprovError,
  type Polystore,
  type QueryOptions,
  type Stats,
  type Term,
} from '../../src/index.ts'

/** A row as text: `<iri>`, `"text"`, `5^integer`; a double by its value. Unbound columns are left out. */
export type Row = Readonly<Record<string, string>>

export interface Answer {
  readonly variables: readonly string[]
  readonly rows: readonly Row[]
  readonly warnings: readonly string[]
  readonly stats: Stats
}

const XSD = 'http://www.w3.org/2001/XMLSchema#'

/** Terms that are the same as the outside world sees them have the same text. */
export function textOf(term: Term): string {
  if (term.termType === 'NamedNode') return `<${term.value}>`
  if (term.termType === 'BlankNode') return '[]'
  const datatype = term.datatype.value
  if (datatype === `${XSD}string`) return JSON.stringify(term.value)
  // Sums of doubles depend on their order in the last digits.
  if (datatype === `${XSD}double`) return double(Number(term.value.replace('INF', 'Infinity')))
  if (datatype.startsWith(XSD)) return `${term.value}^${datatype.slice(XSD.length)}`
  return `${JSON.stringify(term.value)}^${datatype}`
}

export const resource = (iri: string): string => `<${iri}>`
export const text = (value: string): string => JSON.stringify(value)
export const integer = (value: number): string => `${value}^integer`
export const double = (value: number): string => `${Number(value.toPrecision(9))}^double`

/** Reads an execution to its end. */
export async function collect(execution: Execution): Promise<Answer> {
  if (execution.kind !== 'bindings') throw new PolyprovError('internal', `not rows but ${execution.kind}`)
  const { variables } = execution
  const rows: Row[] = []
  for await (const block of execution.blocks) {
    for (const row of block) {
      rows.push(
        Object.fromEntries(
          variables.flatMap((name, index) => (row[index] === undefined ? [] : [[name, textOf(row[index])]])),
        ),
      )
    }
  }
  return { variables, rows, warnings: execution.warnings(), stats: execution.stats() }
}

/** Runs a stored query. */
export const run = async (
  polystore: Polystore,
  id: string,
  parameters: Readonly<Record<string, unknown>>,
  options: QueryOptions = {},
): Promise<Answer> => collect(await polystore.queries.run(id, parameters, options))

/** Runs a query text. */
export const ask = async (polystore: Polystore, query: string, options: QueryOptions = {}): Promise<Answer> =>
  collect(await polystore.execute(query, options))

/** The rows in an order of their own: equal for equal multisets. */
export const sorted = (rows: readonly Row[]): string[] =>
  rows.map((row) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))).sort()
