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
    const block: (Term | undefined)[][] = new Array(batch.length)
    for (let row = 0; row < batch.length; row++) {
      const terms: (Term | undefined)[] = new Array(columns.length)
      for (let i = 0; i < columns.length; i++) {
        const id = columns[i]?.[row] ?? 0
        terms[i] = id === 0 ? undefined : dictionary.decode(id)
      }
      block[row] = terms
    }
    dictionary.passed?.(batch.length * columns.length)
    yield block
  }
}
