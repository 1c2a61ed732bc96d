import { pickRows } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { Expression } from '../../../planner/algebra.ts'
import { compile, effectiveBooleanValue } from '../../../planner/evaluate.ts'
import { isDeterministic, variablesOfExpression } from '../../../planner/variables.ts'
import { breathe, isTurnOver, type QueryContext } from '../context.ts'
import { rowCursor } from '../row.ts'

/** Rows whose condition is true; an error counts as false (SPARQL 1.1, section 17.2). */
export async function* filter(
  input: AsyncIterable<Batch>,
  condition: Expression,
  context: QueryContext,
): AsyncGenerator<Batch> {
  const evaluate = compile(condition)
  const cursor = rowCursor(context.dictionary)
  const holds = (batch: Batch, row: number): boolean => {
    cursor.move(batch, row)
    return effectiveBooleanValue(evaluate(cursor, context.evaluation)) === true
  }
  const variables = variablesOfExpression(condition)
  const only = variables.length === 1 && isDeterministic(condition) ? variables[0]! : undefined
  const verdicts = createVerdicts()

  for await (const batch of input) {
    const column = only === undefined ? undefined : batch.columns[batch.variables.indexOf(only)]
    const kept = new Uint32Array(batch.length)
    let count = 0
    for (let row = 0; row < batch.length; row++) {
      if (
        column === undefined
          ? holds(batch, row)
          : (verdicts.of(column[row]!) ?? verdicts.set(column[row]!, holds(batch, row)))
      ) {
        kept[count++] = row
      }
      if ((row & 255) === 255 || isTurnOver()) await breathe(context.signal)
    }
    if (count === batch.length) yield batch
    else if (count > 0) yield pickRows(batch, kept, count)
  }
}

const SLOTS = 1 << 16

/** Verdicts on terms, each in the one place that its id has: a column of few terms is judged once, one of many costs little. */
function createVerdicts() {
  const ids = new Uint32Array(SLOTS)
  const verdicts = new Uint8Array(SLOTS)
  const known = new Uint8Array(SLOTS)
  return {
    of(id: number): boolean | undefined {
      const slot = id & (SLOTS - 1)
      return known[slot] === 1 && ids[slot] === id ? verdicts[slot] === 1 : undefined
    },
    set(id: number, verdict: boolean): boolean {
      const slot = id & (SLOTS - 1)
      ids[slot] = id
      known[slot] = 1
      verdicts[slot] = verdict ? 1 : 0
      return verdict
    },
  }
}
