import type { Batch } from '../../../connectors/connector.ts'
import type { Expression, Plan, VariableName } from '../../../planner/algebra.ts'
import { compile } from '../../../planner/evaluate.ts'
import { walkExpression } from '../../../planner/traverse.ts'
import { breathe, isTurnOver, type QueryContext } from '../context.ts'
import { rowCursor } from '../row.ts'

export interface Assignment {
  readonly variable: VariableName
  readonly expression: Expression
}

/**
 * Each row with more variables, each assigned in its turn; an error leaves one unbound (SPARQL 1.1, section 18.5:
 * Extend). Blank nodes of one label are one within the assignments of a row.
 */
export async function* extend(
  input: AsyncIterable<Batch>,
  assignments: readonly Assignment[],
  context: QueryContext,
): AsyncGenerator<Batch> {
  const evaluations = assignments.map(({ expression }) => compile(expression))
  const cursor = rowCursor(context.dictionary)
  for await (const batch of input) {
    const { extended, columns } = withColumns(batch, assignments)
    for (let row = 0; row < batch.length; row++) {
      cursor.move(extended, row)
      context.newSolution()
      for (let i = 0; i < columns.length; i++) {
        const term = evaluations[i]!(cursor, context.evaluation)
        if (term !== undefined) columns[i]![row] = context.dictionary.encode(term)
      }
      if ((row & 255) === 255 || isTurnOver()) await breathe(context.signal)
    }
    yield extended
  }
}

/** The batch with a new column for each assignment. */
function withColumns(
  batch: Batch,
  assignments: readonly Assignment[],
): { readonly extended: Batch; readonly columns: readonly Uint32Array[] } {
  const variables = [...batch.variables]
  const all = [...batch.columns]
  const columns = assignments.map(({ variable }) => {
    const column = new Uint32Array(batch.length)
    const known = variables.indexOf(variable)
    const index = known < 0 ? variables.push(variable) - 1 : known
    all[index] = column
    return column
  })
  return { extended: { variables, columns: all, length: batch.length }, columns }
}

type Extend = Extract<Plan, { kind: 'extend' }>

/**
 * The assignments that are made together: one, unless several in a row name blank nodes by labels, which mean the same
 * node throughout a solution (section 17.4.2.9). What asks EXISTS stays alone, because it is answered before.
 */
export function assignmentsOf(plan: Extend): { readonly assignments: readonly Assignment[]; readonly input: Plan } {
  const assignments: Assignment[] = [plan]
  let input = plan.input
  while (input.kind === 'extend') {
    assignments.unshift(input)
    input = input.input
  }
  const together =
    assignments.filter(({ expression }) => labelsBlankNodes(expression)).length > 1 &&
    !assignments.some(({ expression }) => asksExists(expression))
  return together ? { assignments, input } : { assignments: [plan], input: plan.input }
}

const labelsBlankNodes = (expression: Expression): boolean =>
  [...walkExpression(expression)].some(
    (part) => part.kind === 'call' && part.operator === 'BNODE' && part.arguments.length > 0,
  )

const asksExists = (expression: Expression): boolean =>
  [...walkExpression(expression)].some((part) => part.kind === 'exists')
