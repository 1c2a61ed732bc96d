import { columnOf } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { Expression, Plan, VariableName } from '../../../planner/algebra.ts'
import { XSD } from '../../../planner/namespaces.ts'
import { substitutePlan } from '../../../planner/parse/substitute.ts'
import { iri, literal, type Term } from '../../../planner/term.ts'
import { mentionedVariables } from '../../../planner/variables.ts'
import { breathe, type QueryContext } from '../context.ts'
import type { Execute } from '../execute.ts'
import { createKeyTable } from './key-table.ts'

/**
 * EXISTS within expressions: each becomes a variable that holds its truth for the row, by the standard's own
 * definition (SPARQL 1.1, section 18.6: the pattern with the row substituted has a solution), once for each distinct
 * row of the variables it mentions. The usual EXISTS never comes here: the planner makes it a semi or anti join.
 */
export function materialiseExists(
  input: AsyncIterable<Batch>,
  expressions: readonly Expression[],
  context: QueryContext,
  execute: Execute,
): {
  readonly input: AsyncIterable<Batch>
  readonly expressions: readonly Expression[]
  /** The variables that the rows have more. */
  readonly added: readonly VariableName[]
} {
  const found: { readonly name: VariableName; readonly plan: Plan; readonly negated: boolean }[] = []
  const replaced = expressions.map((expression) =>
    replaceExists(expression, (plan, negated) => {
      const name = `.exists${found.length}`
      found.push({ name, plan, negated })
      return { kind: 'variable', name }
    }),
  )
  let rows = input
  for (const { name, plan, negated } of found) rows = withTruth(rows, name, plan, negated, context, execute)
  return { input: rows, expressions: replaced, added: found.map(({ name }) => name) }
}

function replaceExists(expression: Expression, replace: (plan: Plan, negated: boolean) => Expression): Expression {
  if (expression.kind === 'exists') return replace(expression.plan, expression.negated)
  if (expression.kind !== 'call') return expression
  return { ...expression, arguments: expression.arguments.map((each) => replaceExists(each, replace)) }
}

const TRUE = literal('true', iri(`${XSD}boolean`))
const FALSE = literal('false', iri(`${XSD}boolean`))

async function* withTruth(
  input: AsyncIterable<Batch>,
  name: VariableName,
  pattern: Plan,
  negated: boolean,
  context: QueryContext,
  execute: Execute,
): AsyncGenerator<Batch> {
  const mentioned = mentionedVariables(pattern)
  const truths: number[] = []
  const truthIds = [context.dictionary.encode(FALSE), context.dictionary.encode(TRUE)]
  let keys: ReturnType<typeof createKeyTable> | undefined
  for await (const batch of input) {
    const outer = batch.variables.filter((each) => mentioned.has(each))
    keys ??= createKeyTable(outer, context.memory)
    const columns = outer.map((each) => columnOf(batch, each)!)
    const column = new Uint32Array(batch.length)
    for (let row = 0; row < batch.length; row++) {
      const number = keys.number(columns, row)
      if (number === truths.length) {
        const values = new Map<VariableName, Term>()
        outer.forEach((each, i) => {
          const id = columns[i]![row]!
          if (id !== 0) values.set(each, context.dictionary.decode(id))
        })
        const { leaf: _, ...outside } = context
        const found = await hasSolution(context.plan(substitutePlan(pattern, values)), outside, execute)
        truths.push(truthIds[found === negated ? 0 : 1]!)
        await breathe(context.signal)
      }
      column[row] = truths[number]!
    }
    yield { variables: [...batch.variables, name], columns: [...batch.columns, column], length: batch.length }
  }
  keys?.release()
}

async function hasSolution(plan: Plan, context: QueryContext, execute: Execute): Promise<boolean> {
  for await (const batch of execute(plan, context)) if (batch.length > 0) return true
  return false
}
