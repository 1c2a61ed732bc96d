import type { Batch } from '../../../connectors/connector.ts'
import type { Expression, VariableName } from '../../../planner/algebra.ts'
import { compile } from '../../../planner/evaluate.ts'
import { breathe, type QueryContext } from '../context.ts'
import { rowCursor } from '../row.ts'

/** Each row with one more variable; an error leaves it unbound (SPARQL 1.1, section 18.5: Extend). */
export async function* extend(
  input: AsyncIterable<Batch>,
  variable: VariableName,
  expression: Expression,
  context: QueryContext,
): AsyncGenerator<Batch> {
  const evaluate = compile(expression)
  const cursor = rowCursor(context.dictionary)
  for await (const batch of input) {
    const column = new Uint32Array(batch.length)
    for (let row = 0; row < batch.length; row++) {
      cursor.move(batch, row)
      context.newSolution()
      const term = evaluate(cursor, context.evaluation)
      if (term !== undefined) column[row] = context.dictionary.encode(term)
      if ((row & 255) === 255) await breathe(context.signal)
    }
    const own = batch.variables.indexOf(variable)
    const columns = own < 0 ? [...batch.columns, column] : batch.columns.map((old, i) => (i === own ? column : old))
    yield { variables: own < 0 ? [...batch.variables, variable] : batch.variables, columns, length: batch.length }
  }
}
