import { z } from 'zod'
import { PolyprovError } from '../../planner/errors.ts'
import { blank, iri, literal, type Term } from '../../planner/term.ts'
import type { Row } from './execution.ts'

const termSchema = z.object({
  type: z.enum(['uri', 'bnode', 'literal', 'typed-literal']),
  value: z.string(),
  datatype: z.string().optional(),
  'xml:lang': z.string().optional(),
})

const resultSchema = z.object({
  head: z.object({ vars: z.array(z.string()).optional() }),
  results: z.object({ bindings: z.array(z.record(z.string(), termSchema)) }).optional(),
  boolean: z.boolean().optional(),
  warnings: z.array(z.string()).optional(),
})

/** What a SPARQL 1.1 Query Results JSON document says. */
export type ReadResult = { readonly warnings: readonly string[] } & (
  | { readonly kind: 'bindings'; readonly variables: readonly string[]; readonly rows: readonly Row[] }
  | { readonly kind: 'boolean'; readonly value: boolean }
)

/** A term of a SPARQL 1.1 Query Results JSON document. */
export type Cell = z.infer<typeof termSchema>

/** The term that a cell says. @throws `store-failed` where it says none */
export function cellTerm(cell: Cell): Term {
  if (cell.type === 'uri') return iri(cell.value)
  if (cell.type === 'bnode') return blank(cell.value)
  const language = cell['xml:lang']
  if (language !== undefined) return literal(cell.value, language)
  if (cell.type !== 'literal' && cell.type !== 'typed-literal') {
    throw new PolyprovError('store-failed', `the answer is not a SPARQL result: no term is of the type ${cell.type}`)
  }
  return cell.datatype === undefined ? literal(cell.value) : literal(cell.value, iri(cell.datatype))
}

/** Reads a SPARQL 1.1 Query Results JSON document. @throws `store-failed` where it is none. */
export function readJsonResult(text: string): ReadResult {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new PolyprovError('store-failed', 'the answer is not JSON, or was cut off', { cause })
  }
  const parsed = resultSchema.safeParse(value)
  if (!parsed.success) {
    throw new PolyprovError('store-failed', `the answer is not a SPARQL result: ${z.prettifyError(parsed.error)}`)
  }
  const { head, results, boolean, warnings = [] } = parsed.data
  if (boolean !== undefined) return { kind: 'boolean', value: boolean, warnings }
  const variables = head.vars ?? []
  const rows = (results?.bindings ?? []).map((binding) =>
    variables.map((name) => (binding[name] === undefined ? undefined : cellTerm(binding[name]))),
  )
  return { kind: 'bindings', variables, rows, warnings }
}
