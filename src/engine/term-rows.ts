import type { Batch } from '../../connectors/connector.ts'
import type { Term } from '../../planner/term.ts'
import type { QueryContext } from './context.ts'

/** Rows of terms: what leaves the engine. Terms are decoded last. */
export async function* termRows(
  batches: AsyncIterable<Batch>,
  variables: readonly string[],
  { dictionary }: Pick<QueryContext, 'dictionary'>,
): AsyncGenerator<readonly (readonly (Term | undefined)[])[]> {
  for await (const batch of batches) {
    const columns = variables.map((name) => batch.columns[batch.variables.indexOf(name)])
    const block: (Term | undefined)[][] = []
    for (let row = 0; row < batch.length; row++) {
      block.push(
        columns.map((column) => {
          const id = column?.[row] ?? 0
          return id === 0 ? undefined : dictionary.decode(id)
        }),
      )
    }
    yield block
  }
}
