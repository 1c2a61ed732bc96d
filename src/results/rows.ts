import type { Quad, Term } from '../../planner/term.ts'
import type { Execution, Stats } from '../polystore.ts'
import { cached } from './cells.ts'
import { chunks } from './chunks.ts'
import type { BindingsExecution, BooleanExecution, QuadsExecution, Row } from './execution.ts'
import { jsonValue } from './values.ts'

const QUAD_COLUMNS = ['subject', 'predicate', 'object', 'graph'] as const

/** One JSON object a row, unbound columns left out. */
function objects(variables: readonly string[]): (row: Row) => string {
  const names = variables.map((name) => `${JSON.stringify(name)}:`)
  const encoders = variables.map(() => cached(jsonValue))
  return (row) => {
    let text = ''
    for (let column = 0; column < encoders.length; column++) {
      const term = row[column]
      if (term === undefined) continue
      const cell = names[column]! + encoders[column]!(term)
      text += text === '' ? cell : `,${cell}`
    }
    return `{${text}}`
  }
}

function quadRow(quad: Quad): Row {
  const graph: Term | undefined = quad.graph.termType === 'DefaultGraph' ? undefined : quad.graph
  return [quad.subject, quad.predicate, quad.object, graph]
}

/** The members that follow the rows: what went wrong on the way, and what the stores were asked. */
function tail(execution: Execution): string {
  const { rows, milliseconds, stores }: Stats = execution.stats()
  const stats = JSON.stringify({ stores, rows, milliseconds })
  return `"warnings":${JSON.stringify(execution.warnings())},"stats":${stats}}\n`
}

/** `{ columns, rows, warnings, stats }`: rows of plain JSON values, for those who do not speak RDF. */
export async function* toRows(execution: Execution): AsyncGenerator<string> {
  if (execution.kind === 'boolean') {
    yield `{"columns":["answer"],"rows":[{"answer":${execution.value}}],${tail(execution)}`
    return
  }
  const columns = execution.kind === 'bindings' ? execution.variables : QUAD_COLUMNS
  const head = `{"columns":${JSON.stringify(columns)},"rows":[`
  const encode = objects(columns)
  let separator = '\n'
  const line = (row: Row): string => {
    const text = separator + encode(row)
    separator = ',\n'
    return text
  }
  const end = (): string => `\n],${tail(execution)}`
  if (execution.kind === 'bindings') yield* chunks(execution.blocks, head, line, end)
  else yield* chunks(execution.blocks, head, (quad) => line(quadRow(quad)), end)
}

/** One JSON object a line, values as in {@link toRows}. */
export function bindingsToNdjson(execution: BindingsExecution): AsyncGenerator<string> {
  const encode = objects(execution.variables)
  return chunks(
    execution.blocks,
    '',
    (row) => `${encode(row)}\n`,
    () => '',
  )
}

/** One JSON object a triple. */
export function quadsToNdjson(execution: QuadsExecution): AsyncGenerator<string> {
  const encode = objects(QUAD_COLUMNS)
  return chunks(
    execution.blocks,
    '',
    (quad) => `${encode(quadRow(quad))}\n`,
    () => '',
  )
}

/** The answer of an ASK query as one JSON object. */
export async function* booleanToNdjson(execution: BooleanExecution): AsyncGenerator<string> {
  yield `{"answer":${execution.value}}\n`
}
